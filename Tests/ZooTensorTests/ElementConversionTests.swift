import Testing
import ZooTensor

@Suite("Element conversion")
struct ElementConversionTests {
    /// The elements of a tensor that has these bytes in a file, read both ways.
    private func read(_ type: String, _ count: Int, _ data: [UInt8]) throws -> [Float] {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "t.safetensors", safetensorsBytes("{" + entryText("t", type, "[\(count)]", 0, data.count) + "}", data: data))
        let copied = try SafetensorsFile(path).tensor("t")
        let mapped = try SafetensorsFile(path, access: .mapped).tensor("t")
        #expect(zip(copied.elements, mapped.elements).allSatisfy { $0.bitPattern == $1.bitPattern })
        #expect(copied.shape == [count] && mapped.shape == [count])
        #expect(try SafetensorsFile(path).rawBytes("t") == data)
        #expect(try SafetensorsFile(path).entry("t").type.rawValue == type)
        return copied.elements
    }

    private func littleEndian(_ values: [some FixedWidthInteger]) -> [UInt8] {
        values.flatMap { value in (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    }

    // The type is missing from macOS on Intel.
    #if !(os(macOS) && arch(x86_64))
        @Test("all 65,536 values of F16")
        func float16() throws {
            let patterns = (0...UInt16.max).map { $0 }
            let found = try read("F16", 65_536, littleEndian(patterns))
            var wrong = 0
            for (pattern, value) in zip(patterns, found) {
                let expected = Float(Float16(bitPattern: pattern))
                let isEqual = expected.isNaN ? value.isNaN && value.sign == expected.sign : value.bitPattern == expected.bitPattern
                if !isEqual { wrong += 1 }
            }
            #expect(wrong == 0)
        }
    #endif

    @Test("values of F16 worked out by hand")
    func float16ByHand() throws {
        let patterns: [UInt16] = [0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x0001, 0x8001, 0x7c00, 0xfc00, 0x3555]
        let expected: [Float] = [
            0, -0.0, 1, -2, 65504, 0x1p-14, 0x1.ff8p-15, 0x1p-24, -0x1p-24, .infinity, -.infinity, 0.333251953125,
        ]
        let found = try read("F16", patterns.count, littleEndian(patterns))
        #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
    }

    @Test("all 65,536 values of BF16")
    func bfloat16() throws {
        let patterns = (0...UInt16.max).map { $0 }
        let found = try read("BF16", 65_536, littleEndian(patterns))
        var wrong = 0
        for (pattern, value) in zip(patterns, found) {
            let exponent = Int(pattern >> 7 & 0xff)
            let fraction = Float(pattern & 0x7f) / 128
            let magnitude: Float =
                switch exponent {
                case 255: fraction == 0 ? .infinity : .nan
                case 0: Float(sign: .plus, exponent: -126, significand: fraction)
                default: Float(sign: .plus, exponent: exponent - 127, significand: 1 + fraction)
                }
            let expected = pattern & 0x8000 == 0 ? magnitude : -magnitude
            if expected.isNaN ? !value.isNaN : value.bitPattern != expected.bitPattern { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    @Test("F64, rounded to nearest")
    func float64() throws {
        let values: [Double] = [
            0, -0.0, 1, 1 + 0x1p-24, 1 + 0x1.8p-23, 0.1, 1e300, -1e300, 1e-300, .infinity, 0x1p-149, -.leastNonzeroMagnitude,
        ]
        let found = try read("F64", values.count, littleEndian(values.map(\.bitPattern)))
        let expected: [Float] = [0, -0.0, 1, 1, 1 + 0x1p-22, 0.1, .infinity, -.infinity, 0, .infinity, 0x1p-149, -0.0]
        #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
        #expect(try read("F64", 1, littleEndian([Double.nan.bitPattern])).first?.isNaN == true)
    }

    @Test("integers")
    func integers() throws {
        #expect(
            try read("I64", 6, littleEndian([0, -1, 511, 16_777_215, Int64.max, Int64.min])) == [0, -1, 511, 16_777_215, 0x1p63, -0x1p63])
        #expect(try read("I64", 2, littleEndian([Int64(16_777_217), 16_777_219])) == [16_777_216, 16_777_220])
        #expect(try read("I32", 4, littleEndian([0, -7, Int32.max, Int32.min])) == [0, -7, 0x1p31, -0x1p31])
        #expect(try read("I16", 65_536, littleEndian(Array(Int16.min...Int16.max))) == (-32_768...32_767).map(Float.init))
        #expect(try read("I8", 256, littleEndian(Array(Int8.min...Int8.max))) == (-128...127).map(Float.init))
        #expect(try read("U8", 256, Array(UInt8.min...UInt8.max)) == (0...255).map(Float.init))
        #expect(try read("BOOL", 4, [0, 1, 0, 255]) == [0, 1, 0, 1])
    }

    @Test("tensors longer than the pieces in which they are read")
    func longTensors() throws {
        let count = 700_001
        let words = (0..<count).map { UInt16(truncatingIfNeeded: $0 &* 40_503) }
        let found = try read("I16", count, littleEndian(words))
        #expect(zip(found, words).allSatisfy { $0 == Float(Int16(bitPattern: $1)) })
    }
}
