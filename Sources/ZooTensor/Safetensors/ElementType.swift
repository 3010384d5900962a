/// The element types of safetensors that we read. All become `Float32` in memory.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint8 = "U8"
    case bool = "BOOL"

    /// The size of one element in bytes.
    public var byteCount: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16, .int16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// True for the types that can hold infinite and undefined numbers.
    public var isFloatingPoint: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16: true
        default: false
        }
    }

    /// The size of one element in bits, for every type that the reference implementation of safetensors knows; nil for other names.
    static func bitCount(named name: String) -> Int? {
        if let type = ElementType(rawValue: name) { return type.byteCount * 8 }
        switch name {
        case "F4": return 4
        case "F6_E2M3", "F6_E3M2": return 6
        case "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ": return 8
        case "U16": return 16
        case "U32": return 32
        case "U64", "C64": return 64
        default: return nil
        }
    }
}
