internal import CImages
import ZooTensor

/// Decodes JPEG, PNG and WebP images: grey, palette, 16-bit and CMYK become RGB, transparency is laid over white, the EXIF orientation is
/// applied, of an animation the first frame is taken. Colour profiles are ignored, as Pillow does.
public enum ImageDecoder {
    /// Decodes an image.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - name: what errors call it.
    /// - Throws: `ImageError`.
    public static func decode(_ bytes: [UInt8], name: String, limits: ImageLimits = .standard) throws(ImageError) -> PixelImage {
        try decode(bytes[...], name: name, limits: limits)
    }

    static func decode(_ bytes: ArraySlice<UInt8>, name: String, limits: ImageLimits) throws(ImageError) -> PixelImage {
        do {
            return try bytes.withUnsafeBytes { try decode($0, name: name, limits: limits) }
        } catch {
            throw error as? ImageError ?? .damaged(name: name, format: .jpeg, reason: "\(error)")
        }
    }

    private static func decode(_ bytes: UnsafeRawBufferPointer, name: String, limits: ImageLimits) throws(ImageError) -> PixelImage {
        guard bytes.count <= limits.byteCount else {
            throw .limit(name: name, what: "bytes", found: String(bytes.count), limit: String(limits.byteCount))
        }
        guard let format = ImageFormat(of: bytes) else { throw .format(name: name, found: ImageFormat.kind(of: bytes)) }
        let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        var info = zi_info()
        var message = zi_message()
        var status = zi_probe(base, bytes.count, &info, &message)
        let (width, height) = (Int(info.width), Int(info.height))
        if status == 0 {
            // 2^32 times 2^32 does not overflow an unsigned 64-bit number.
            guard UInt64(info.width) * UInt64(info.height) <= UInt64(limits.pixels) else {
                throw .limit(name: name, what: "pixels", found: "\(width) x \(height)", limit: String(limits.pixels))
            }
            guard max(width, height) <= limits.edge else {
                throw .limit(name: name, what: "pixels along an edge", found: String(max(width, height)), limit: String(limits.edge))
            }
            if let available = MemoryLimit.bytes, 3 * width * height > available / 2 {
                throw .memory(name: name, width: width, height: height)
            }
            let image = PixelImage(ifAvailable: (width, height)) { pixels in
                status = zi_decode(base, bytes.count, &info, Int32(clamping: limits.scans), limits.chunkByteCount, pixels, &message)
            }
            guard let image else { throw .memory(name: name, width: width, height: height) }
            if status == 0 {
                guard let upright = image.upright(Orientation(of: bytes, format: format)) else {
                    throw .memory(name: name, width: width, height: height)
                }
                return upright
            }
        }
        let text = withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        switch status {
        case Int32(ZI_TRUNCATED.rawValue): throw .truncated(name: name, format: format)
        case Int32(ZI_LIMIT.rawValue):
            throw .limit(name: name, what: "scans", found: "more than \(limits.scans)", limit: String(limits.scans))
        case Int32(ZI_MEMORY.rawValue): throw .memory(name: name, width: width, height: height)
        default: throw .damaged(name: name, format: format, reason: text)
        }
    }

    /// Encodes an image as PNG.
    public static func png(_ image: PixelImage) throws(ImageError) -> [UInt8] {
        var result: UnsafeMutablePointer<UInt8>?
        var count = 0
        var message = zi_message()
        guard zi_encode_png(image.pointer, UInt32(image.width), UInt32(image.height), &result, &count, &message) == 0, let result else {
            throw .memory(name: "a PNG image", width: image.width, height: image.height)
        }
        defer { zi_free(result) }
        return Array(UnsafeBufferPointer(start: result, count: count))
    }
}
