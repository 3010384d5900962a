/// Reads and checks what a safetensors header says about one tensor.
struct SafetensorsEntryReader {
    let file: String?
    let tensor: String

    func read(_ value: JSON) throws(SafetensorsError) -> SafetensorsHeader.Entry {
        guard let members = value.object?.members else {
            throw invalid("the entry", "an object with dtype, shape and data_offsets", value)
        }
        var type: JSON?
        var shape: JSON?
        var offsets: JSON?
        for member in members {
            switch member.key {
            case "dtype": type = member.value
            case "shape": shape = member.value
            case "data_offsets": offsets = member.value
            default: throw .unknownField(file: file, tensor: tensor, field: member.key)
            }
        }
        guard let type else { throw .missingField(file: file, tensor: tensor, field: "dtype") }
        guard let shape else { throw .missingField(file: file, tensor: tensor, field: "shape") }
        guard let offsets else { throw .missingField(file: file, tensor: tensor, field: "data_offsets") }

        guard case .string(let typeName) = type else { throw invalid("dtype", "a string", type) }
        guard let bitCount = ElementType.bitCount(named: typeName) else {
            throw .unknownType(file: file, tensor: tensor, found: typeName)
        }
        let dimensions = try numbers(shape, "shape")
        guard dimensions.count <= SafetensorsLimits.greatestRank else {
            throw .rankTooLarge(file: file, tensor: tensor, rank: dimensions.count, limit: SafetensorsLimits.greatestRank)
        }
        let range = try numbers(offsets, "data_offsets")
        guard range.count == 2 else { throw invalid("data_offsets", "two integers", offsets) }
        guard range[0] <= range[1] else { throw .reversedRange(file: file, tensor: tensor, begin: range[0], end: range[1]) }

        let expected = try byteCount(dimensions, bitCount, typeName)
        guard expected == range[1] - range[0] else {
            throw .sizeMismatch(
                file: file, tensor: tensor, type: typeName, shape: dimensions, expected: expected, found: range[1] - range[0])
        }
        guard let elementType = ElementType(rawValue: typeName) else {
            throw .unsupportedType(file: file, tensor: tensor, found: typeName)
        }
        return SafetensorsHeader.Entry(name: tensor, type: elementType, shape: Shape(dimensions), range: range[0]..<range[1])
    }

    /// The size of a tensor in bytes.
    private func byteCount(_ dimensions: [Int], _ bitCount: Int, _ type: String) throws(SafetensorsError) -> Int {
        // Zeros are left out, so that the product of no choice of axes can overflow later.
        var bits = bitCount
        for dimension in dimensions where dimension != 0 {
            let (product, overflow) = bits.multipliedReportingOverflow(by: dimension)
            if overflow { throw .shapeOverflow(file: file, tensor: tensor, shape: dimensions) }
            bits = product
        }
        if dimensions.contains(0) { bits = 0 }
        guard bits % 8 == 0 else { throw .partialByte(file: file, tensor: tensor, type: type, shape: dimensions) }
        return bits / 8
    }

    /// An array of whole numbers from 0 to 2^48.
    private func numbers(_ value: JSON, _ field: String) throws(SafetensorsError) -> [Int] {
        let expected = "an array of whole numbers from 0 to 2^48"
        guard case .array(let elements) = value else { throw invalid(field, expected, value) }
        var result: [Int] = []
        result.reserveCapacity(elements.count)
        for element in elements {
            guard case .integer(let number) = element, number >= 0, number <= SafetensorsLimits.greatestNumber else {
                throw invalid(field, expected, element)
            }
            result.append(number)
        }
        return result
    }

    private func invalid(_ field: String, _ expected: String, _ found: JSON) -> SafetensorsError {
        .invalidField(file: file, tensor: tensor, field: field, expected: expected, found: found.brief)
    }
}
