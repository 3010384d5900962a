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
        try ImageSource(name: name, bytes: bytes).decoded(limits: limits)
    }

    /// What the first bytes of an image tell.
    struct Header {
        let width: Int
        let height: Int
        /// The most bytes that are taken at once until it is decoded and upright, the file not counted.
        let byteCount: Int
        fileprivate var format: ImageFormat?
        fileprivate var info = zi_info()

        /// Of raw pixels.
        init(width: Int, height: Int) {
            self.width = width
            self.height = height
            byteCount = 3 * width * height
        }

        fileprivate init(_ info: zi_info, _ format: ImageFormat, _ orientation: Orientation) {
            (width, height) = (Int(info.width), Int(info.height))
            let pixels = 3 * width * height
            byteCount = pixels + max(Int(clamping: info.working), orientation == .up ? 0 : pixels)
            self.format = format
            self.info = info
        }
    }

    /// Reads the header and compares it with the limits.
    static func header(of bytes: UnsafeRawBufferPointer, name: String, limits: ImageLimits) throws(ImageError) -> Header {
        guard let format = ImageFormat(of: bytes) else { throw .format(name: name, found: ImageFormat.kind(of: bytes)) }
        var info = zi_info()
        var message = zi_message()
        let status = zi_probe(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &info, &message)
        guard status == 0 else { throw error(status, message, format, info, name, limits) }
        // 2^32 times 2^32 does not overflow an unsigned 64-bit number.
        guard UInt64(info.width) * UInt64(info.height) <= UInt64(limits.pixels) else {
            throw .limit(name: name, what: "pixels", found: "\(info.width) x \(info.height)", limit: String(limits.pixels))
        }
        let edge = Int(max(info.width, info.height))
        guard edge <= limits.edge else {
            throw .limit(name: name, what: "pixels along an edge", found: String(edge), limit: String(limits.edge))
        }
        return Header(info, format, Orientation(of: bytes, format: format))
    }

    /// Decodes the image that a header was read from.
    ///
    /// - Returns: the image, and whether the end of its file is missing, though none of its pixels is.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, _ header: Header, name: String, limits: ImageLimits
    ) throws(ImageError) -> (image: PixelImage, lacksEnd: Bool) {
        guard let format = header.format else { preconditionFailure("raw pixels need no decoder") }
        var info = header.info
        var message = zi_message()
        var status: Int32 = 0
        var lacksEnd: Int32 = 0
        let image = PixelImage(ifAvailable: (header.width, header.height)) { pixels in
            status = zi_decode(
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &info, Int32(clamping: limits.scans), pixels,
                &lacksEnd, &message)
        }
        guard status == 0 else { throw error(status, message, format, info, name, limits) }
        guard let upright = image?.upright(Orientation(of: bytes, format: format)) else {
            throw .memory(name: name, width: header.width, height: header.height)
        }
        return (upright, lacksEnd != 0)
    }

    private static func error(
        _ status: Int32, _ message: zi_message, _ format: ImageFormat, _ info: zi_info, _ name: String, _ limits: ImageLimits
    ) -> ImageError {
        switch status {
        case Int32(ZI_TRUNCATED.rawValue): return .truncated(name: name, format: format)
        case Int32(ZI_LIMIT.rawValue):
            return .limit(name: name, what: "scans", found: "more than \(limits.scans)", limit: String(limits.scans))
        case Int32(ZI_MEMORY.rawValue): return .memory(name: name, width: Int(info.width), height: Int(info.height))
        default:
            let text = withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            return .damaged(name: name, format: format, reason: text)
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
