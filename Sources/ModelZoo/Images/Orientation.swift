/// How a camera was held, as EXIF (tag 0x0112) or XMP tells: where the image's first row and column are in the scene.
public enum Orientation: Int, Sendable, CaseIterable {
    case up = 1
    case upMirrored = 2
    case down = 3
    case downMirrored = 4
    case leftMirrored = 5
    case right = 6
    case rightMirrored = 7
    case left = 8

    /// The orientation that a JPEG, PNG or WebP file tells; `up` when it tells none, or nothing that makes sense.
    ///
    /// EXIF comes first, XMP counts where EXIF has no orientation, as in Pillow's `ImageOps.exif_transpose`.
    init(of image: UnsafeRawBufferPointer, format: ImageFormat) {
        let found: Metadata =
            switch format {
            case .jpeg: .ofJPEG(image)
            case .png: .ofPNG(image)
            case .webP: .ofWebP(image)
            }
        self = (found.exif ?? found.xmp).flatMap(Orientation.init(rawValue:)) ?? .up
    }

    /// The values that a file has, whether they make sense or not; nil where there is none.
    struct Metadata {
        var exif: Int?
        var xmp: Int?
    }

    // MARK: EXIF

    static let exifPrefix: [UInt8] = Array("Exif".utf8) + [0, 0]

    static func big(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt32 {
        UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }

    static func little(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }

    /// The orientation in a TIFF structure (EXIF 2.32, 4.5), which may have the prefix of JPEG before it: byte order, 42, the place of the
    /// first directory, which has entries of 12 bytes.
    static func parse(_ slice: Slice<UnsafeRawBufferPointer>) -> Int? {
        var slice = slice
        while slice.starts(with: exifPrefix) { slice = slice.dropFirst(exifPrefix.count) }
        let bytes = UnsafeRawBufferPointer(rebasing: slice)
        guard bytes.count >= 8 else { return nil }
        let isBig: Bool
        switch (bytes[0], bytes[1]) {
        case (0x4D, 0x4D): isBig = true
        case (0x49, 0x49): isBig = false
        default: return nil
        }
        func short(_ place: Int) -> Int {
            let (a, b) = (Int(bytes[place]), Int(bytes[place + 1]))
            return isBig ? a << 8 | b : b << 8 | a
        }
        func long(_ place: Int) -> UInt32 { isBig ? big(bytes, place) : little(bytes, place) }
        guard short(2) == 42 else { return nil }
        let directory = Int(long(4))
        guard directory <= bytes.count - 2 else { return nil }
        var result: Int?
        for entry in 0..<short(directory) {
            let place = directory + 2 + 12 * entry
            guard place + 12 <= bytes.count else { break }
            guard short(place) == 0x0112 else { continue }
            // A SHORT by the standard; programs write it in other types of numbers too. A small value is in the entry itself.
            let type = short(place + 2)
            let count = Int(long(place + 4))
            let size = type == 3 || type == 8 ? 2 : type == 4 || type == 9 || type == 11 ? 4 : type == 6 ? 1 : 8
            let start = size * count > 4 ? Int(long(place + 8)) : place + 8
            guard count > 0, start <= bytes.count - size else { continue }
            let value: Double? =
                switch type {
                case 3, 8: Double(short(start))
                case 4, 9: Double(long(start))
                case 5, 10: Double(long(start)) / Double(long(start + 4))
                case 6: Double(bytes[start])
                case 11: Double(Float(bitPattern: long(start)))
                case 12:
                    Double(
                        bitPattern: isBig
                            ? UInt64(long(start)) << 32 | UInt64(long(start + 4)) : UInt64(long(start + 4)) << 32 | UInt64(long(start)))
                default: nil
                }
            if let value { result = Int(exactly: value) ?? 0 }
        }
        return result
    }

    // MARK: XMP

    /// The digit after `tiff:Orientation="` or `tiff:Orientation>` in an XMP packet.
    static func parseXMP(_ packet: some Collection<UInt8>) -> Int? {
        let name = Array("tiff:Orientation".utf8)
        var rest = packet[...]
        while let start = rest.firstIndex(of: name[0]) {
            rest = rest[start...]
            if rest.starts(with: name) {
                let after = rest.dropFirst(name.count)
                let digit =
                    after.starts(with: "=\"".utf8) ? after.dropFirst(2).first : after.starts(with: ">".utf8) ? after.dropFirst().first : nil
                if let digit, (0x30...0x39).contains(digit) { return Int(digit) - 0x30 }
            }
            rest = rest.dropFirst()
        }
        return nil
    }
}
