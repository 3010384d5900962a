extension ElementType {
    /// Converts elements to `Float32`.
    ///
    /// F16, BF16, I16, I8, U8 and BOOL are represented exactly; F64, I64 and I32 are rounded to nearest, ties to even. A BOOL becomes 0
    /// or 1, any byte but 0 counting as 1.
    ///
    /// - Parameters:
    ///   - source: the elements, little-endian, at an address that is a multiple of their size.
    ///   - target: room for as many elements.
    func convert(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>) {
        precondition(source.count == target.count * byteCount)
        switch self {
        case .float64: convert(source, target) { (bits: UInt64) in Float(Double(bitPattern: UInt64(littleEndian: bits))) }
        case .float32: convert(source, target) { (bits: UInt32) in Float(bitPattern: UInt32(littleEndian: bits)) }
        case .float16: convert(source, target) { (bits: UInt16) in floatFromFloat16(UInt16(littleEndian: bits)) }
        case .bfloat16: convert(source, target) { (bits: UInt16) in Float(bitPattern: UInt32(UInt16(littleEndian: bits)) << 16) }
        case .int64: convert(source, target) { (value: Int64) in Float(Int64(littleEndian: value)) }
        case .int32: convert(source, target) { (value: Int32) in Float(Int32(littleEndian: value)) }
        case .int16: convert(source, target) { (value: Int16) in Float(Int16(littleEndian: value)) }
        case .int8: convert(source, target) { (value: Int8) in Float(value) }
        case .uint8: convert(source, target) { (value: UInt8) in Float(value) }
        case .bool: convert(source, target) { (value: UInt8) in value == 0 ? 0 : 1 }
        }
    }

    @inline(__always)
    private func convert<Element>(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableBufferPointer<Float>, _ transform: (Element) -> Float
    ) {
        guard let from = source.baseAddress?.assumingMemoryBound(to: Element.self), let to = target.baseAddress else { return }
        for index in 0..<target.count { to[index] = transform(from[index]) }
    }
}

/// The value of a 16-bit floating-point number (IEEE 754 binary16). Written without branches, so that loops over it become vector code.
@inline(__always)
func floatFromFloat16(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    // The exponent and the fraction, moved to where binary32 has them; the bias grows from 15 to 127.
    let magnitude = UInt32(bits & 0x7fff) << 13
    let rebased = magnitude &+ (112 << 23)
    // Infinity and NaN: the exponent must become 255.
    let special = rebased &+ (bits & 0x7c00 == 0x7c00 ? 112 << 23 : 0)
    // Subnormal: the fraction is taken as that of a number in 2^-14 ..< 2^-13, and 2^-14 goes off again. Exact, without subnormal operands.
    let smallest = Float(bitPattern: 113 << 23)
    let subnormal = (Float(bitPattern: magnitude &+ (113 << 23)) - smallest).bitPattern
    return Float(bitPattern: sign | (bits & 0x7c00 == 0 ? subnormal : special))
}
