import ZooTensor

/// An image that is decoded when it is needed: a file, a file in memory, or raw pixels.
public struct ImageSource: Sendable, Hashable {
    enum Content: Sendable, Hashable {
        /// The path of a JPEG, PNG or WebP file.
        case file(String)
        /// Such a file in memory, as out of an archive.
        case encoded(ArraySlice<UInt8>)
        /// Raw 8-bit values, channel by channel, 1 (grey) or 3 (red, green, blue) of them.
        case planar(ArraySlice<UInt8>, width: Int, height: Int)
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
    public init(name: String, bytes: [UInt8]) { self.init(name: name, content: .encoded(bytes[...])) }

    /// An image that is decoded already.
    ///
    /// - Parameter name: what errors call it.
    public init(name: String, _ image: PixelImage) { self.init(name: name, content: .pixels(image)) }

    /// The pixels and the digest of what they were decoded from.
    ///
    /// - Throws: `ImageError`.
    func load(_ limits: ImageLimits = .standard) throws(ImageError) -> (image: PixelImage, digest: Digest) {
        switch content {
        case .file(let path):
            let bytes: [UInt8]
            let byteCount: Int
            do throws(FileError) {
                let file = try OpenFile(path)
                byteCount = file.byteCount
                bytes = byteCount <= limits.byteCount ? try file.read(at: 0, count: byteCount) : []
            } catch {
                throw .file(error)
            }
            guard byteCount <= limits.byteCount else {
                throw .limit(name: name, what: "bytes", found: String(byteCount), limit: String(limits.byteCount))
            }
            return (try ImageDecoder.decode(bytes, name: name, limits: limits), Digest(hashing: bytes))
        case .encoded(let bytes):
            return (try ImageDecoder.decode(bytes, name: name, limits: limits), Digest(hashing: bytes))
        case .pixels(let image):
            return (image, Self.digest(image.pixels[...], "pixels \(image.width) x \(image.height)"))
        case .planar(let bytes, let width, let height):
            let channels = bytes.count / (width * height)
            let image = PixelImage(width: width, height: height) { target in
                bytes.withUnsafeBufferPointer { source in
                    let area = width * height
                    for pixel in 0..<area {
                        for channel in 0..<3 { target[3 * pixel + channel] = source[(channels == 3 ? channel * area : 0) + pixel] }
                    }
                }
            }
            return (image, Self.digest(bytes, "planes \(channels) x \(width) x \(height)"))
        }
    }

    /// The digest of values without a header of their own, whose layout is told beside them.
    private static func digest(_ values: ArraySlice<UInt8>, _ layout: String) -> Digest {
        var hasher = DigestHasher()
        hasher.update(text: layout + ";")
        values.withUnsafeBytes { hasher.update($0) }
        return hasher.finalize()
    }

    /// The pixels, upright.
    ///
    /// - Throws: `ImageError`.
    public func decoded(limits: ImageLimits = .standard) throws(ImageError) -> PixelImage { try load(limits).image }
}
