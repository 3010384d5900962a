/// How a camera was held, as EXIF (tag 0x0112) tells: where the image's first row and column are in the scene.
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
    init(of image: UnsafeRawBufferPointer, format: ImageFormat) {
        let exif: Range<Int>? =
            switch format {
            case .jpeg: Self.exifOfJPEG(image)
            case .png: Self.exifOfPNG(image)
            case .webP: Self.exifOfWebP(image)
            }
        self = exif.flatMap { Self.parse(UnsafeRawBufferPointer(rebasing: image[$0])) } ?? .up
    }

    // MARK: where EXIF lies

    private static let prefix: [UInt8] = Array("Exif".utf8) + [0, 0]

    private static func exifOfJPEG(_ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
        var place = 2
        while place + 4 <= bytes.count, bytes[place] == 0xFF {
            let marker = bytes[place + 1]
            if marker == 0xFF {  // padding
                place += 1
                continue
            }
            if marker == 0xDA || marker == 0xD9 { return nil }
            if marker == 0x01 || (0xD0...0xD8).contains(marker) {  // no content
                place += 2
                continue
            }
            let count = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
            guard count >= 2, place + 2 + count <= bytes.count else { return nil }
            let content = place + 4..<place + 2 + count
            if marker == 0xE1, content.count > prefix.count, bytes[content].starts(with: prefix) {
                return content.lowerBound + prefix.count..<content.upperBound
            }
            place += 2 + count
        }
        return nil
    }

    private static func exifOfPNG(_ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
        var place = 8
        while place + 12 <= bytes.count {
            let count = Int(big(bytes, place))
            guard count <= bytes.count - place - 12 else { return nil }
            let name = bytes[place + 4..<place + 8]
            if name.elementsEqual("eXIf".utf8) { return place + 8..<place + 8 + count }
            if name.elementsEqual("IEND".utf8) { return nil }
            place += 12 + count
        }
        return nil
    }

    private static func exifOfWebP(_ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
        var place = 12
        while place + 8 <= bytes.count {
            let count = Int(little(bytes, place + 4))
            guard count <= bytes.count - place - 8 else { return nil }
            if bytes[place..<place + 4].elementsEqual("EXIF".utf8) {
                let content = place + 8..<place + 8 + count
                // Some programs keep the prefix that JPEG has.
                return bytes[content].starts(with: prefix) ? content.lowerBound + prefix.count..<content.upperBound : content
            }
            place += 8 + count + count % 2
        }
        return nil
    }

    // MARK: EXIF

    private static func big(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt32 {
        UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }

    private static func little(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }

    /// The orientation in a TIFF structure (EXIF 2.32, 4.5): byte order, 42, the place of the first directory, which has entries of 12 bytes.
    private static func parse(_ bytes: UnsafeRawBufferPointer) -> Orientation? {
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
        guard short(2) == 42 else { return nil }
        let directory = Int(isBig ? big(bytes, 4) : little(bytes, 4))
        guard directory <= bytes.count - 2 else { return nil }
        let count = short(directory)
        for entry in 0..<count {
            let place = directory + 2 + 12 * entry
            guard place + 12 <= bytes.count else { return nil }
            // A single SHORT; its value is in the entry itself.
            if short(place) == 0x0112 { return short(place + 2) == 3 ? Orientation(rawValue: short(place + 8)) : nil }
        }
        return nil
    }
}
