public import ZooNN

/// How a family's canonical parameter names translate to those of upstream checkpoints, both ways.
///
/// Entries match whole dot-separated segments; `*` is any one segment and stands for the same on both sides; the last segment (`weight`,
/// `bias`) passes through. Names rename, never transform.
public struct NameMap: Sendable {
    struct Entry: Sendable {
        let canonical: [String]
        let upstream: [String]
        let isHead: Bool
    }

    /// What an upstream name stands for.
    public enum Resolution: Sendable, Hashable {
        case parameter(ParameterPath)
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
    ///   - head: the same for the head, which has no prefix.
    ///   - ignored: upstream names, or beginnings of names, that are of no use here, as patterns of ``ParameterPath/matches(_:)``.
    public init(
        prefix: String, backbone: [(String, String)], head: [(String, String)] = [("classifier", "classifier")], ignored: [String] = []
    ) {
        func split(_ name: String) -> [String] { name.split(separator: ".").map(String.init) }
        self.prefix = prefix
        self.ignored = ignored
        entries =
            backbone.map { Entry(canonical: split($0.0), upstream: split($0.1), isHead: false) }
            + head.map { Entry(canonical: split($0.0), upstream: split($0.1), isHead: true) }
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
            if let captured = NameMap.capture(entry.upstream, segments.dropLast()) {
                return .parameter(ParameterPath(NameMap.fill(entry.canonical, captured) + [leaf]))
            }
        }
        let path = ParameterPath(segments)
        return last == "position_ids" || ignored.contains(where: path.matches) ? .ignored : .unknown
    }

    /// The upstream name of a parameter, nil if the table has none.
    ///
    /// - Parameter withHead: whether the model has a head, so that the backbone's names carry the prefix.
    public func upstream(_ path: ParameterPath, withHead: Bool) -> String? {
        for entry in entries {
            if let captured = NameMap.capture(entry.canonical, path.segments.dropLast()) {
                let segments = (withHead && !entry.isHead && !prefix.isEmpty ? [prefix] : []) + NameMap.fill(entry.upstream, captured)
                return (segments + [path.leaf]).joined(separator: ".")
            }
        }
        return nil
    }

    /// The parameters of a schema that the table does not translate to one name each and back: empty for a sound table.
    public func conflicts(_ schema: Schema) -> [String] {
        var problems: [String] = []
        var seen: [String: ParameterPath] = [:]
        for parameter in schema.parameters {
            let matching = entries.filter { NameMap.capture($0.canonical, parameter.path.segments.dropLast()) != nil }
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
