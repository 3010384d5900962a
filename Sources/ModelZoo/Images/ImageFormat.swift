internal import CImages
import ZooTensor

/// The image formats that are read.
public enum ImageFormat: String, Sendable, CaseIterable {
    case jpeg = "JPEG"
    case png = "PNG"
    case webP = "WebP"

    /// The format that the first bytes show, whatever a file is called.
    init?(of bytes: UnsafeRawBufferPointer) {
        switch zi_format_of(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count) {
        case Int32(ZI_JPEG.rawValue): self = .jpeg
        case Int32(ZI_PNG.rawValue): self = .png
        case Int32(ZI_WEBP.rawValue): self = .webP
        default: return nil
        }
    }

    /// The file name extensions of the formats, in lower case.
    public static let extensions: Set<String> = ["jpg", "jpeg", "jpe", "jfif", "jfi", "jif", "mpo", "png", "apng", "webp"]

    /// Extensions of image formats that are not read, so that such files are named, not passed over.
    static let otherExtensions: Set<String> = [
        "gif", "bmp", "dib", "tif", "tiff", "heic", "heics", "heif", "heifs", "hif", "avif", "avifs", "jp2", "j2k", "jpf", "jpx", "jxl",
        "ppm",
        "pgm", "pbm", "pnm", "tga", "svg", "ico", "psd", "eps", "dng", "raw", "arw", "cr2", "cr3", "nef", "orf", "rw2", "raf",
    ]

    /// How images of another format are made ones that are read, as a command that can be typed.
    ///
    /// - Parameter files: a file or a pattern of files.
    static func conversion(of files: String) -> String {
        // Letters, digits and what else no shell takes for its own.
        let others: Set<Unicode.Scalar> = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", ".", "_", "-", "/"]
        let isPlain = files.unicodeScalars.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || others.contains($0)) }
        return "mogrify -format jpg \(isPlain && files.utf8.first != 0x2D ? files : "FILE") (of ImageMagick)"
    }

    /// What a file that is no image of ours seems to be.
    static func kind(of bytes: UnsafeRawBufferPointer) -> String {
        func starts(_ text: String, at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }
        if bytes.isEmpty { return "an empty file" }
        if starts("GIF8") { return "a GIF image" }
        if starts("BM") { return "a BMP image" }
        if starts("II*\0") || starts("MM\0*") { return "a TIFF image" }
        if starts("ftypavif", at: 4) { return "an AVIF image" }
        if starts("ftyp", at: 4) { return "a HEIF image or a video" }
        if starts("%PDF") { return "a PDF document" }
        if let kind = FileRules.kind(of: Array(bytes.prefix(FileSignature.byteCount))) { return kind }
        let head = String(decoding: bytes.prefix(256), as: UTF8.self).lowercased().drop { $0.isWhitespace }
        if head.hasPrefix("<!doctype html") || head.hasPrefix("<html") { return "an HTML page" }
        if head.hasPrefix("<svg") || head.hasPrefix("<?xml") { return "an XML or SVG document" }
        let isText = bytes.prefix(256).allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
        return isText ? "a text" : "something else"
    }
}
