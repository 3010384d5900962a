/// Reading and writing of single Unicode scalars in UTF-8.
enum UTF8Scalars {
    /// The scalar that starts at `index`, which is inside `bytes`, and the number of its bytes; nil where `bytes` is no valid UTF-8.
    @inline(__always)
    static func decode(_ bytes: [UInt8], _ index: Int, _ end: Int) -> (scalar: UInt32, count: Int)? {
        let first = UInt32(bytes[index])
        switch first {
        case 0..<0x80:
            return (first, 1)
        case 0xC2..<0xE0:
            guard index + 1 < end, bytes[index + 1] & 0xC0 == 0x80 else { return nil }
            return ((first & 0x1F) << 6 | UInt32(bytes[index + 1] & 0x3F), 2)
        case 0xE0..<0xF0:
            guard index + 2 < end, bytes[index + 1] & 0xC0 == 0x80, bytes[index + 2] & 0xC0 == 0x80 else { return nil }
            let scalar = (first & 0x0F) << 12 | UInt32(bytes[index + 1] & 0x3F) << 6 | UInt32(bytes[index + 2] & 0x3F)
            return scalar < 0x800 || 0xD800..<0xE000 ~= scalar ? nil : (scalar, 3)
        case 0xF0..<0xF5:
            guard index + 3 < end, bytes[index + 1] & 0xC0 == 0x80, bytes[index + 2] & 0xC0 == 0x80, bytes[index + 3] & 0xC0 == 0x80
            else { return nil }
            let scalar =
                (first & 0x07) << 18 | UInt32(bytes[index + 1] & 0x3F) << 12 | UInt32(bytes[index + 2] & 0x3F) << 6
                | UInt32(bytes[index + 3] & 0x3F)
            return 0x10000...0x10FFFF ~= scalar ? (scalar, 4) : nil
        default:
            return nil
        }
    }

    /// The scalar that ends before `index`, which is above `start`, in valid UTF-8.
    static func decode(_ bytes: [UInt8], before index: Int, _ start: Int) -> (scalar: UInt32, count: Int)? {
        var first = index - 1
        while first > start && bytes[first] & 0xC0 == 0x80 { first -= 1 }
        return decode(bytes, first, index)
    }

    /// Appends the UTF-8 bytes of a scalar.
    @inline(__always)
    static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        if scalar < 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: scalar))
            return
        }
        if scalar < 0x800 {
            bytes.append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
        } else {
            if scalar < 0x10000 {
                bytes.append(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
            } else {
                bytes.append(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
                bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F))
            }
            bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
        }
        bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
    }

    /// The place of the first byte that is not part of valid UTF-8, nil if there is none.
    static func firstInvalid(_ bytes: [UInt8]) -> Int? {
        var index = 0
        while index < bytes.count {
            if bytes[index] < 0x80 {
                index += 1
            } else {
                guard let (_, count) = decode(bytes, index, bytes.count) else { return index }
                index += count
            }
        }
        return nil
    }
}
