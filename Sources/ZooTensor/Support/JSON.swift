/// A JSON document. Objects keep the order of their keys, which are unique.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A number written without fraction and exponent that fits 64 bits.
    case integer(Int)
    /// Any other number.
    case number(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

/// The members of a JSON object in their order. Keys are compared byte by byte, without regard to canonical equivalence.
public struct JSONObject: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    private var list: KeyedList<JSON>

    /// No members.
    public init() {
        list = KeyedList()
    }

    /// The members of `list`.
    package init(_ list: KeyedList<JSON>) {
        self.list = list
    }

    /// The members in the order given; of equal keys the last value counts.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        list = KeyedList()
        for (key, value) in elements { list.update(key, value) }
    }

    /// The number of members.
    public var count: Int { list.count }

    /// The keys in order.
    public var keys: [String] { list.members.map(\.key) }

    /// Reads, replaces, appends, or (with nil) removes a member.
    public subscript(_ key: String) -> JSON? {
        get { list[key] }
        set {
            if let newValue { list.update(key, newValue) } else { list.remove(key) }
        }
    }

    /// The members in order.
    public var pairs: [(key: String, value: JSON)] { list.members.map { ($0.key, $0.value) } }

    /// The place of a key in ``members``.
    package func position(_ key: String) -> Int? { list.position(key) }

    /// The members in order, without a copy of the list.
    package var members: [KeyedList<JSON>.Member] { list.members }
}

extension JSON {
    /// The value of a string.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The value of `true` or `false`.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The value of an integer, or of a number without fraction that fits. From 2^63 on floating point no longer tells whole numbers apart.
    public var integer: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): value.magnitude < 0x1p63 ? Int(exactly: value) : nil
        default: nil
        }
    }
    /// The value of any number.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
    /// The elements of an array.
    public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
    /// The members of an object.
    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    /// A member of an object.
    public subscript(_ key: String) -> JSON? { object?[key] }
}

extension JSON {
    /// What the value is, for messages: `an array`, `"text"`, `-1`.
    package var brief: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): value.description
        case .string(let value): "\"" + printable(value) + "\""
        case .array(let elements): elements.isEmpty ? "an empty array" : "an array"
        case .object(let object): object.count == 0 ? "an empty object" : "an object"
        }
    }
}
