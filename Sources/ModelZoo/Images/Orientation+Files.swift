internal import CImages

/// Where files keep EXIF and XMP.
extension Orientation.Metadata {
    /// Of a JPEG file: the first `APP1` segment of each kind.
    static func ofJPEG(_ bytes: UnsafeRawBufferPointer) -> Orientation.Metadata {
        let xmpPrefix = Array("http://ns.adobe.com/xap/1.0/".utf8) + [0]
        var result = Orientation.Metadata()
        var place = 2
        while place + 4 <= bytes.count, bytes[place] == 0xFF {
            let marker = bytes[place + 1]
            if marker == 0xFF {  // padding
                place += 1
                continue
            }
            if marker == 0xDA || marker == 0xD9 { break }
            if marker == 0x01 || (0xD0...0xD8).contains(marker) {  // no content
                place += 2
                continue
            }
            let count = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
            guard count >= 2, place + 2 + count <= bytes.count else { break }
            let content = bytes[place + 4..<place + 2 + count]
            if marker == 0xE1, result.exif == nil, content.starts(with: Orientation.exifPrefix) {
                result.exif = Orientation.parse(content)
            } else if marker == 0xE1, result.xmp == nil, content.starts(with: xmpPrefix) {
                result.xmp = Orientation.parseXMP(content.dropFirst(xmpPrefix.count))
            }
            place += 2 + count
        }
        return result
    }

    /// Of a PNG file: the chunk `eXIf`; else the text in which ImageMagick and others keep EXIF as hexadecimal digits.
    static func ofPNG(_ bytes: UnsafeRawBufferPointer) -> Orientation.Metadata {
        var result = Orientation.Metadata()
        var profile: Int?
        var hasChunk = false
        var place = 8
        while place + 12 <= bytes.count {
            let count = Int(Orientation.big(bytes, place))
            guard count <= bytes.count - place - 12 else { break }
            let content = bytes[place + 8..<place + 8 + count]
            switch String(decoding: bytes[place + 4..<place + 8], as: UTF8.self) {
            case "eXIf":
                hasChunk = true
                result.exif = Orientation.parse(content)
            case "tEXt", "zTXt", "iTXt":
                guard let end = content.prefix(80).firstIndex(of: 0) else { break }
                let type = bytes[place + 4]
                switch String(decoding: content[..<end], as: UTF8.self) {
                case "Raw profile type exif": profile = text(content[(end + 1)...], type).flatMap(parseProfile) ?? profile
                case "XML:com.adobe.xmp": result.xmp = text(content[(end + 1)...], type).flatMap { Orientation.parseXMP($0) }
                default: break
                }
            default: break
            }
            place += 12 + count
        }
        if !hasChunk { result.exif = profile }
        return result
    }

    /// Of a WebP file.
    static func ofWebP(_ bytes: UnsafeRawBufferPointer) -> Orientation.Metadata {
        var result = Orientation.Metadata()
        var place = 12
        while place + 8 <= bytes.count {
            let count = Int(Orientation.little(bytes, place + 4))
            guard count <= bytes.count - place - 8 else { break }
            let content = bytes[place + 8..<place + 8 + count]
            switch String(decoding: bytes[place..<place + 4], as: UTF8.self) {
            case "EXIF": result.exif = result.exif ?? Orientation.parse(content)
            case "XMP ": result.xmp = result.xmp ?? Orientation.parseXMP(content)
            default: break
            }
            place += 8 + count + count % 2
        }
        return result
    }

    /// The largest text of a PNG that is looked at, unpacked.
    private static let largestText = 1 << 20

    /// The text that follows the keyword of a PNG's chunk, unpacked if need be.
    ///
    /// - Parameter type: the first letter of the chunk's name.
    private static func text(_ content: Slice<UnsafeRawBufferPointer>, _ type: UInt8) -> [UInt8]? {
        var rest = content
        var isPacked = type == UInt8(ascii: "z")
        if type == UInt8(ascii: "i") {
            // Whether it is packed, how, and the language twice.
            guard let flag = rest.popFirst(), rest.popFirst() != nil, let first = rest.firstIndex(of: 0),
                let second = rest[(first + 1)...].firstIndex(of: 0)
            else { return nil }
            isPacked = flag == 1
            rest = rest[(second + 1)...]
        } else if isPacked {
            rest = rest.dropFirst()
        }
        guard isPacked else { return rest.count <= largestText ? Array(rest) : nil }
        let packed = UnsafeRawBufferPointer(rebasing: rest)
        let result = [UInt8](unsafeUninitializedCapacity: largestText) { buffer, count in
            count = zi_inflate(packed.baseAddress?.assumingMemoryBound(to: UInt8.self), packed.count, buffer.baseAddress, buffer.count)
        }
        return result.isEmpty ? nil : result
    }

    /// The orientation in a raw profile: an empty line, its name, its size, then hexadecimal digits.
    private static func parseProfile(_ text: [UInt8]) -> Int? {
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var digits: [UInt8] = []
        for line in lines.dropFirst(3) {
            for letter in line {
                switch letter {
                case 0x30...0x39: digits.append(letter - 0x30)
                case 0x41...0x46: digits.append(letter - 0x37)
                case 0x61...0x66: digits.append(letter - 0x57)
                default: break
                }
            }
        }
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        return bytes.withUnsafeBytes { Orientation.parse($0[...]) }
    }
}
