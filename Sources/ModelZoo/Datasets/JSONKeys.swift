import ZooTensor

/// The keys of all objects of a file in the order in which they come up, found without reading the values.
struct JSONKeys {
    /// The keys.
    private(set) var names: [String] = []
    /// How many objects have each.
    private var counts: [Int] = []
    /// How many objects there are.
    private(set) var objects = 0
    private var positions: [ArraySlice<UInt8>: Int] = [:]
    private var keys: [[UInt8]] = []

    /// Counts an object's keys. What is no object is left for the reader to tell.
    mutating func add(_ bytes: [UInt8], line: Int, path: String, limit: Int) throws(DatasetError) {
        guard bytes.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }) == UInt8(ascii: "{") else { return }
        objects += 1
        // Mostly the keys come in the order of the object before.
        var expected = 0
        var depth = 0
        var index = 0
        var isKey = false
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                isKey = depth == 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ","): isKey = depth == 1
            case UInt8(ascii: "\""):
                let start = index + 1
                index = start
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") { index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1 }
                guard index < bytes.count else { return }
                if isKey {
                    isKey = false
                    let key = bytes[start..<index]
                    if keys.indices.contains(expected), keys[expected].elementsEqual(key) {
                        counts[expected] += 1
                    } else if let position = positions[key] {
                        expected = position
                        counts[position] += 1
                    } else {
                        guard names.count < limit else { throw .tooManyColumns(path: path, line: line, limit: limit) }
                        expected = names.count
                        insert(key, bytes[start - 1...index])
                    }
                    expected += 1
                }
            default: break
            }
            index += 1
        }
    }

    private mutating func insert(_ key: ArraySlice<UInt8>, _ literal: ArraySlice<UInt8>) {
        // Two spellings of a key, one with escapes, are one.
        let name =
            key.contains(UInt8(ascii: "\\"))
            ? (try? JSON.parse(Array(literal), file: ""))?.string ?? String(decoding: key, as: UTF8.self)
            : String(decoding: key, as: UTF8.self)
        if let position = names.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) {
            positions[Array(key)[...]] = position
            counts[position] += 1
            return
        }
        positions[Array(key)[...]] = names.count
        keys.append(Array(key))
        names.append(name)
        counts.append(1)
    }

    /// What a person should know: which keys are not in all objects.
    var note: String? {
        let partial = names.indices.filter { counts[$0] < objects }
        guard !partial.isEmpty else { return nil }
        let parts = partial.prefix(5).map { "\"\(printable(names[$0], limit: 60))\" in \(objects - counts[$0])" }
        let rest = partial.count > 5 ? " and \(partial.count - 5) more keys" : ""
        return "of \(counted(objects, "object")) some lack keys that others have: \(parts.joined(separator: ", "))\(rest)"
    }
}
