public import ZooNN

/// How a family's canonical parameter names translate to those of upstream checkpoints, both ways.
///
/// Entries match whole dot-separated segments; `*` is any one segment and stands for the same on both sides; the last segment (`weight`,
/// `bias`) passes through, but for the entries that name parameters whole. Names rename, never transform; the one exception are tensors that
/// upstream keeps in one piece, whose rows are shared out.
public struct NameMap: Sendable {
    struct Entry: Sendable {
        /// The canonical names, several if upstream keeps the tensors in one piece.
        let canonical: [[String]]
        let upstream: [String]
        let isHead: Bool
        /// Whether the names include the last segment.
        let isWhole: Bool
    }

    /// What an upstream name stands for.
    public enum Resolution: Sendable, Hashable {
        case parameter(ParameterPath)
        /// Several parameters whose rows follow each other, as many of each.
        case fused([ParameterPath])
        /// Known and not needed: buffers, heads of other tasks.
        case ignored
        case unknown
    }

    /// The segment that upstream puts before all names of the backbone when a model has a head: `bert`.
    public let prefix: String
    let entries: [Entry]
    let ignored: [String]

    /// - Parameters:
    ///   - prefix: the optional first segment of the backbone's upstream names.
    ///   - backbone: canonical to upstream names, without leaf.
    ///   - parameters: canonical to upstream names of single parameters of the backbone, with leaf.
    ///   - fused: canonical names to the upstream name of the one tensor that holds their rows one after the other, without leaf.
    ///   - head: the same for the head, which has no prefix.
    ///   - ignored: upstream names, or beginnings of names, that are of no use here, as patterns of ``ParameterPath/matches(_:)``.
    public init(
        prefix: String, backbone: [(String, String)], parameters: [(String, String)] = [], fused: [([String], String)] = [],
        head: [(String, String)] = [("classifier", "classifier")], ignored: [String] = []
    ) {
        func split(_ name: String) -> [String] { name.split(separator: ".").map(String.init) }
        self.prefix = prefix
        self.ignored = ignored
        func entry(_ canonical: [String], _ upstream: String, isHead: Bool = false, isWhole: Bool = false) -> Entry {
            Entry(canonical: canonical.map(split), upstream: split(upstream), isHead: isHead, isWhole: isWhole)
        }
        entries =
            parameters.map { entry([$0.0], $0.1, isWhole: true) } + backbone.map { entry([$0.0], $0.1) } + fused.map { entry($0.0, $0.1) }
            + head.map { entry([$0.0], $0.1, isHead: true) }
    }

    private static func capture(_ pattern: [String], _ segments: some Collection<String>) -> [String]? {
        guard pattern.count == segments.count else { return nil }
        var captured: [String] = []
        for (part, segment) in zip(pattern, segments) {
            if part == "*" {
                captured.append(segment)
            } else if part != segment {
                return nil
            }
        }
        return captured
    }

    /// What the stars of an entry with one canonical name stand for in a path; nil if it does not match.
    private static func capture(_ entry: Entry, _ path: ParameterPath) -> [String]? {
        capture(entry.canonical[0], entry.isWhole ? path.segments[...] : path.segments.dropLast())
    }

    private static func fill(_ pattern: [String], _ captured: [String]) -> [String] {
        var rest = captured[...]
        return pattern.map { $0 == "*" ? rest.popFirst() ?? "*" : $0 }
    }

    /// What an upstream name stands for. TensorFlow's `gamma` and `beta` are `weight` and `bias`.
    public func resolve(_ name: String) -> Resolution {
        var segments = ParameterPath(name).segments
        if segments.first == prefix { segments.removeFirst() }
        guard let last = segments.last else { return .unknown }
        let leaf = last == "gamma" ? "weight" : last == "beta" ? "bias" : last
        for entry in entries {
            guard let captured = NameMap.capture(entry.upstream, entry.isWhole ? segments[...] : segments.dropLast()) else { continue }
            let paths = entry.canonical.map { ParameterPath(NameMap.fill($0, captured) + (entry.isWhole ? [] : [leaf])) }
            return paths.count == 1 ? .parameter(paths[0]) : .fused(paths)
        }
        let path = ParameterPath(segments)
        return ["position_ids", "token_type_ids"].contains(last) || ignored.contains(where: path.matches) ? .ignored : .unknown
    }

    /// The upstream name of a parameter, nil if the table has none, or has it only as a part of a larger tensor.
    ///
    /// - Parameter withHead: whether the model has a head, so that the backbone's names carry the prefix.
    public func upstream(_ path: ParameterPath, withHead: Bool) -> String? {
        for entry in entries {
            guard entry.canonical.count == 1, let captured = NameMap.capture(entry, path) else { continue }
            let segments = (withHead && !entry.isHead && !prefix.isEmpty ? [prefix] : []) + NameMap.fill(entry.upstream, captured)
            return (segments + (entry.isWhole ? [] : [path.leaf])).joined(separator: ".")
        }
        return nil
    }

    /// The parameters of a schema that the table does not translate to one name each and back: empty for a sound table.
    public func conflicts(_ schema: Schema) -> [String] {
        var problems: [String] = []
        var seen: [String: ParameterPath] = [:]
        for parameter in schema.parameters {
            let matching = entries.filter { NameMap.capture($0, parameter.path) != nil }
            if matching.count > 1 { problems.append("\(parameter.path) matches \(matching.count) entries") }
            guard let name = upstream(parameter.path, withHead: true) else {
                problems.append("\(parameter.path) has no upstream name")
                continue
            }
            if let other = seen.updateValue(parameter.path, forKey: name) {
                problems.append("\(other) and \(parameter.path) are both \"\(name)\"")
            }
            if resolve(name) != .parameter(parameter.path) { problems.append("\"\(name)\" does not lead back to \(parameter.path)") }
        }
        return problems
    }
}
