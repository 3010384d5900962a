/// The line of every value of a JSON document, by the keys that lead to it: `optimizer.beta1`.
///
/// For documents that have been parsed already: anything else gives fewer lines, no errors.
struct JSONLines {
    private var lines: [String: Int] = [:]

    init(_ bytes: [UInt8]) {
        var line = 1
        var path: [String] = []
        // For each open bracket: whether it is an object's.
        var open: [Bool] = []
        var key: String?
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            switch byte {
            case UInt8(ascii: "\n"): line += 1
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                open.append(byte == UInt8(ascii: "{"))
                path.append(key ?? "")
                key = nil
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = open.popLast()
                _ = path.popLast()
                key = nil
            case UInt8(ascii: ","): key = nil
            case UInt8(ascii: "\""):
                var end = place + 1
                while end < bytes.count, bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
                if open.last == true && key == nil {
                    // Escapes in keys are as good as unknown keys.
                    let name = String(decoding: bytes[place + 1..<min(end, bytes.count)], as: UTF8.self)
                    key = name
                    lines[(path.dropFirst() + [name]).joined(separator: "."), default: line] = line
                }
                place = end
            default: break
            }
            place += 1
        }
    }

    /// The line of a value, counted from 1.
    subscript(_ path: String) -> Int? { lines[path] }
}
