import ZooTensor

/// An image that is decoded when it is needed: a file, a file in memory, or raw pixels.
public struct ImageSource: Sendable, Hashable {
    enum Content: Sendable, Hashable {
        /// The path of a JPEG, PNG or WebP file.
        case file(String)
        /// Such a file in memory or out of an archive.
        case encoded(StoredBytes)
        /// Raw 8-bit values, channel by channel, 1 (grey) or 3 (red, green, blue) of them.
        case planar(StoredBytes, width: Int, height: Int)
        /// Decoded already.
        case pixels(PixelImage)
    }

    /// What messages call it: a path, or archive and entry.
    public let name: String
    let content: Content

    init(name: String, content: Content) {
        self.name = name
        self.content = content
    }

    /// An image file.
    public init(file path: String) { self.init(name: path, content: .file(path)) }

    /// An image file in memory.
    ///
    /// - Parameter name: what errors call it.
    public init(name: String, bytes: [UInt8]) { self.init(name: name, content: .encoded(StoredBytes(bytes[...]))) }

    /// An image that is decoded already.
    ///
    /// - Parameter name: what errors call it.
    public init(name: String, _ image: PixelImage) { self.init(name: name, content: .pixels(image)) }

    /// The pixels, upright.
    ///
    /// - Throws: `ImageError`.
    public func decoded(limits: ImageLimits = .standard) throws(ImageError) -> PixelImage {
        do {
            return try withPixels(limits) { $0.image }
        } catch {
            throw error as? ImageError ?? .damaged(name: name, format: .jpeg, reason: "\(error)")
        }
    }

    /// An image in memory, and what is known about it.
    struct Loaded {
        let image: PixelImage
        /// That of what it was decoded from.
        let digest: Digest
        /// Whether the end of its file is missing, though none of its pixels is.
        var lacksEnd = false
    }

    /// How many bytes are taken to use an image of a width and height; an error says that an image of this size is not used.
    typealias Needs = (_ width: Int, _ height: Int) throws -> Int

    /// Hands over the pixels, upright. While `body` runs, they and what is taken to read and decode them count among what all images may take
    /// together; who has to wait for others waits.
    ///
    /// - Parameters:
    ///   - needs: how many bytes `body` takes.
    ///   - body: called again after it threw `ImageError.memory`.
    /// - Throws: `ImageError`, and what `needs` and `body` throw.
    func withPixels<Result>(
        _ limits: ImageLimits = .standard, _ memory: ImageMemory = .shared, needs: Needs = { _, _ in 0 },
        _ body: (Loaded) throws -> Result
    ) throws -> Result {
        do {
            return try attempt(limits, memory, isAlone: false, needs, body)
        } catch ImageError.memory {
            // Other images, and buffers that nobody uses now, may have taken what was missing.
            BufferPool.shared.trim()
            return try attempt(limits, memory, isAlone: true, needs, body)
        }
    }

    private func attempt<Result>(
        _ limits: ImageLimits, _ memory: ImageMemory, isAlone: Bool, _ needs: Needs, _ body: (Loaded) throws -> Result
    ) throws -> Result {
        let least = isAlone ? memory.limit ?? 0 : 0
        switch content {
        case .file(let path):
            let file: OpenFile
            do throws(FileError) { file = try OpenFile(path) } catch { throw ImageError.file(error) }
            return try decode(StoredBytes(file, count: file.byteCount), limits, memory, least, needs, body)
        case .encoded(let bytes): return try decode(bytes, limits, memory, least, needs, body)
        case .pixels(let image):
            return try image.withBytes {
                try body(Loaded(image: image, digest: Self.digest($0, "pixels \(image.width) x \(image.height)")))
            }
        case .planar(let values, let width, let height):
            let size = ImageDecoder.Header(width: width, height: height)
            let lease = try self.lease(size, more: values.count + (try needs(width, height)), least, memory)
            return try withExtendedLifetime(lease) {
                try holding(size, needs) {
                    try withBytes(values) { values in
                        let digest = Self.digest(values, "planes \(values.count / (width * height)) x \(width) x \(height)")
                        return try body(Loaded(image: try pixels(planes: values, size), digest: digest))
                    }
                }
            }
        }
    }

    private func decode<Result>(
        _ stored: StoredBytes, _ limits: ImageLimits, _ memory: ImageMemory, _ least: Int, _ needs: Needs,
        _ body: (Loaded) throws -> Result
    ) throws -> Result {
        guard stored.count <= limits.byteCount else {
            throw ImageError.limit(name: name, what: "bytes", found: String(stored.count), limit: String(limits.byteCount))
        }
        let own = stored.inMemory == nil ? stored.count : 0
        guard memory.allows(own) else {
            throw ImageError.fileMemory(name: name, byteCount: own)
        }
        func finish(_ bytes: UnsafeRawBufferPointer, _ header: ImageDecoder.Header) throws -> Result {
            try holding(header, needs) {
                let (image, lacksEnd) = try ImageDecoder.decode(bytes, header, name: name, limits: limits)
                return try body(Loaded(image: image, digest: Self.digest(bytes), lacksEnd: lacksEnd))
            }
        }
        var needed = max(own, least)
        do {
            let lease = memory.lease(needed)
            let result: Result? = try withExtendedLifetime(lease) {
                try withBytes(stored) { bytes in
                    let header = try ImageDecoder.header(of: bytes, name: name, limits: limits)
                    needed = try byteCount(header, more: own + (try needs(header.width, header.height)), memory)
                    return lease.grow(to: needed) ? try finish(bytes, header) : nil
                }
            }
            if let result { return result }
        }
        // Who holds bytes while waiting for more could wait for another one who does so too. Read again, all at once.
        let lease = memory.lease(needed)
        return try withExtendedLifetime(lease) {
            try withBytes(stored) { bytes in
                let header = try ImageDecoder.header(of: bytes, name: name, limits: limits)
                guard try byteCount(header, more: own + (try needs(header.width, header.height)), memory) <= needed else {
                    throw ImageError.changed(name: name)
                }
                return try finish(bytes, header)
            }
        }
    }

    // MARK: memory

    /// What an image takes at most.
    private func byteCount(_ header: ImageDecoder.Header, more: Int, _ memory: ImageMemory) throws(ImageError) -> Int {
        let needed = header.byteCount + more
        guard memory.allows(needed) else {
            throw .memoryLimit(name: name, width: header.width, height: header.height, needed: needed, allowed: memory.alone ?? 0)
        }
        return needed
    }

    private func lease(
        _ header: ImageDecoder.Header, more: Int, _ least: Int, _ memory: ImageMemory
    ) throws(ImageError) -> ImageMemory.Lease {
        memory.lease(max(least, try byteCount(header, more: more, memory)))
    }

    /// Runs `body` with memory for the pixels and what is made of them, where no error can be thrown.
    private func holding<Result>(_ header: ImageDecoder.Header, _ needs: Needs, _ body: () throws -> Result) throws -> Result {
        let count = 3 * header.width * header.height + (try needs(header.width, header.height))
        do {
            return try MemoryReservation.hold(count, for: "an image of \(header.width) x \(header.height) pixels", body)
        } catch is OutOfMemoryError {
            throw ImageError.memory(name: name, width: header.width, height: header.height)
        }
    }

    private func withBytes<Result>(_ stored: StoredBytes, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        if let bytes = stored.inMemory { return try bytes.withUnsafeBytes(body) }
        guard let storage = Storage(ifAvailable: stored.count, lasting: stored.count > 4 << 20) else {
            throw ImageError.fileMemory(name: name, byteCount: stored.count)
        }
        let buffer = UnsafeMutableRawBufferPointer(start: storage.bytes, count: stored.count)
        do throws(FileError) { try stored.read(into: buffer) } catch { throw ImageError.file(error) }
        return try withExtendedLifetime(storage) { try body(UnsafeRawBufferPointer(buffer)) }
    }

    private func pixels(planes: UnsafeRawBufferPointer, _ size: ImageDecoder.Header) throws(ImageError) -> PixelImage {
        let area = size.width * size.height
        let isColoured = planes.count == 3 * area
        let image = PixelImage(ifAvailable: (size.width, size.height)) { target in
            for pixel in 0..<area {
                for channel in 0..<3 { target[3 * pixel + channel] = planes[(isColoured ? channel * area : 0) + pixel] }
            }
        }
        guard let image else { throw .memory(name: name, width: size.width, height: size.height) }
        return image
    }

    /// The digest of values without a header of their own, whose layout is told beside them.
    private static func digest(_ values: UnsafeRawBufferPointer, _ layout: String? = nil) -> Digest {
        var hasher = DigestHasher()
        if let layout { hasher.update(text: layout + ";") }
        hasher.update(values)
        return hasher.finalize()
    }
}
