import ZooTensor

/// What files a model may consist of: their names and their first bytes.
package enum FileRules {
    /// The manifest's name inside a bundle.
    package static let manifestName = "manifest.json"
    /// The largest manifest in bytes.
    package static let maximumManifestBytes = 1 << 20
    /// The largest number of files of a model.
    package static let maximumFiles = 512
    /// The largest number of entries looked at in a foreign archive.
    package static let maximumEntries = 100_000
    /// The largest sum of sizes of a model's files: 64 GiB.
    package static let maximumBytes = 64 << 30

    private static let extensions: [StaticString] = ["json", "txt", "safetensors", "md", "model"]
    private static let bareNames: [StaticString] = ["license", "licence", "notice", "copying"]
    /// The allow-list in words.
    static let allowedTypes = ".json, .txt, .safetensors, .md, .model, LICENSE and NOTICE"

    /// The rule that a path breaks, nil if it is plain: at most one folder, ASCII names, nothing that a file system could read differently.
    static func violation(ofPath path: String) -> String? {
        var path = path
        return path.withUTF8(violation(ofPath:))
    }

    private static func violation(ofPath bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard !bytes.isEmpty else { return "is empty" }
        guard bytes.count <= 255 else { return "has \(bytes.count) bytes, at most 255 are allowed" }
        guard bytes[0] != UInt8(ascii: "/") else { return "is an absolute path" }
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return "holds control characters" }
        guard !bytes.contains(UInt8(ascii: "\\")) else { return "holds a backslash" }
        var count = 0
        var hasDots = false
        var hasEmpty = false
        var rule: String?
        var rest = bytes[...]
        while true {
            let part = rest.prefix { $0 != UInt8(ascii: "/") }
            count += 1
            hasDots = hasDots || (1...2).contains(part.count) && part.allSatisfy { $0 == UInt8(ascii: ".") }
            hasEmpty = hasEmpty || part.isEmpty
            rule = rule ?? violation(ofComponent: part)
            if part.endIndex == bytes.endIndex { break }
            rest = bytes[(part.endIndex + 1)...]
        }
        guard !hasDots else { return "holds the path component . or .." }
        guard !hasEmpty else { return "holds an empty path component" }
        guard count <= 2 else { return "has \(count) path components, at most 2 are allowed" }
        return rule
    }

    private static func violation(ofComponent part: Slice<UnsafeBufferPointer<UInt8>>) -> String? {
        guard let first = part.first, ModelReference.isNameStart(first), part.allSatisfy(ModelReference.isNameByte) else {
            return "must consist of letters, digits, _, . and - of ASCII and start with a letter, a digit or _"
        }
        guard part.last != UInt8(ascii: ".") else { return "ends in a dot" }
        return isReserved(part.prefix { $0 != UInt8(ascii: ".") }) ? "is reserved on some systems" : nil
    }

    /// The names of devices on Windows, whatever follows the first dot.
    private static func isReserved(_ stem: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard (3...4).contains(stem.count) else { return false }
        let name = String(decoding: stem, as: UTF8.self).lowercased()
        if stem.count == 3 { return ["con", "prn", "aux", "nul"].contains(name) }
        return (name.hasPrefix("com") || name.hasPrefix("lpt")) && name.last?.isNumber == true
    }

    /// Whether the allow-list holds the type that a name tells.
    static func isAllowedType(_ path: String) -> Bool {
        var path = path
        return path.withUTF8 { bytes in
            let name = bytes[(bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...]
            guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return bareNames.contains { starts(name, with: $0) } }
            let ending = name[(dot + 1)...]
            return extensions.contains { ending.count == $0.utf8CodeUnitCount && starts(ending, with: $0) }
        }
    }

    /// Whether two plain paths are one on a disk that does not tell upper from lower case.
    static func isSameName(_ left: String, _ right: String) -> Bool {
        func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }
        return left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).allSatisfy { lower($0) == lower($1) }
    }

    /// Whether bytes start with lower-case letters, in whatever case they have them.
    private static func starts(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, with letters: StaticString) -> Bool {
        let letters = UnsafeBufferPointer(start: letters.utf8Start, count: letters.utf8CodeUnitCount)
        return bytes.count >= letters.count && zip(bytes, letters).allSatisfy { $0 | 0x20 == $1 }
    }

    /// What forbidden thing the first bytes of a file are, nil if they may be what the name says.
    ///
    /// - Parameter head: the first ``FileSignature/byteCount`` bytes, fewer only if the file is shorter.
    package static func forbiddenContent(_ head: [UInt8], name: String) -> String? {
        let name = name.lowercased()
        if FileSignature.isPointer(head, fileByteCount: head.count) {
            return "a pointer of Git LFS to the file (fetch it with \"git lfs pull\")"
        }
        if name.hasSuffix(".safetensors") {
            guard head.count >= 9, head[4] == 0, head[5] == 0, head[6] == 0, head[7] == 0, [0x7b, 0x20, 0x09, 0x0a, 0x0d].contains(head[8])
            else { return kind(of: head) ?? "no safetensors file" }
            return nil
        }
        // Text may happen to start with the letters of a magic number; a binary file shows itself by other bytes too.
        let isText = head.prefix(16).allSatisfy { (0x20...0x7e).contains($0) || (0x09...0x0d).contains($0) }
        return isText ? nil : kind(of: head)
    }

    /// The name of a file type that is recognised by its first bytes.
    static func kind(of head: [UInt8]) -> String? { FileSignature.kind(of: head) }
}
