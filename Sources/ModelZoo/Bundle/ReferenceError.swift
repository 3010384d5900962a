public import ZooTensor

/// A model reference, name or digest that does not follow the grammar.
public enum ReferenceError: ZooError, Equatable {
    /// No text at all.
    case empty
    /// A name or tag breaks the grammar.
    case name(text: String, part: String, rule: String)
    /// A digest is not `sha256:` and 64 lower-case digits.
    case digest(text: String, part: String)
    /// A path where a name is expected.
    case path(text: String)

    /// A stable dotted name.
    public var code: String {
        switch self {
        case .empty: "reference.empty"
        case .name: "reference.name"
        case .digest: "reference.digest"
        case .path: "reference.path"
        }
    }

    /// The category.
    public var exitCode: ExitCode { .usage }

    /// What happened: what, expected, found.
    public var message: String {
        switch self {
        case .empty: "a model reference is empty, expected name[:tag][@sha256:hex]"
        case .name(let text, let part, let rule):
            "\"\(printable(text))\" is not a model reference: \(part) \(rule)"
        case .digest(let text, let part):
            "\"\(printable(text))\" is not a model reference: expected @sha256: and 64 lower-case hexadecimal digits, found "
                + "\"@\(printable(part))\""
        case .path(let text): "expected the name of an installed model, found the path \"\(printable(text))\""
        }
    }

    /// What the user can do.
    public var hint: String? {
        switch self {
        case .path(let text): "\"zoo import \(shellArgument(text))\" installs what lies there"
        default: "a reference is name[:tag][@sha256:hex], as bert:latest; a path starts with ./, ../ or /, or ends in .zoo"
        }
    }
}
