public import ZooTensor

/// The canonical name of a parameter: `layers.3.attention.query.weight`.
public struct ParameterPath: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The segments from the root to the leaf.
    public let segments: [String]

    public init(_ segments: [String]) { self.segments = segments }

    /// Splits a dotted name.
    public init(_ name: String) { segments = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init) }

    /// The dotted name.
    public var description: String { segments.joined(separator: ".") }

    /// The last segment: `weight`, `bias`.
    public var leaf: String { segments.last ?? "" }

    /// Orders numbers by value, so that layer 10 comes after layer 9.
    public static func < (a: ParameterPath, b: ParameterPath) -> Bool {
        for (x, y) in zip(a.segments, b.segments) where x != y {
            switch (Int(x), Int(y)) {
            case (let m?, let n?) where m != n: return m < n
            case (_?, nil): return true  // numbers before texts
            case (nil, _?): return false
            default: return x < y
            }
        }
        return a.segments.count < b.segments.count
    }

    /// Whether a pattern names this parameter or a part of the tree that it lies in.
    ///
    /// A pattern is dotted; `*` is any one segment, `0-5` any number in that range; `embeddings` names all below it.
    public func matches(_ pattern: String) -> Bool {
        let wanted = pattern.split(separator: ".", omittingEmptySubsequences: false)
        guard wanted.count <= segments.count else { return false }
        return zip(wanted, segments).allSatisfy { part, segment in
            if part == "*" || part == segment { return true }
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count == 2, let low = Int(ends[0]), let high = Int(ends[1]), let number = Int(segment) else { return false }
            return low <= number && number <= high
        }
    }
}

/// How a fresh parameter is filled.
public enum Initializer: Sendable, Hashable {
    case zeros
    case ones
    /// Normal with mean 0.
    case normal(standardDeviation: Float)
}

/// One learnable tensor's declaration. Holds no data; values live in ``Weights``.
public struct Parameter: Sendable, Hashable {
    /// The place in the schema.
    public let index: Int
    /// The canonical name.
    public let path: ParameterPath
    /// The dimensions, as in the upstream checkpoint.
    public let shape: Shape
    /// How it is filled when no checkpoint holds it.
    public let initializer: Initializer
}

/// All parameters of a model in the order of their declaration.
public struct Schema: Sendable {
    /// The parameters; each one's `index` is its place here.
    public let parameters: [Parameter]

    /// Builds a model and collects what it declares.
    public static func build<Model>(_ body: (Scope) -> Model) -> (model: Model, schema: Schema) {
        let builder = Scope.Builder()
        let model = body(Scope(builder: builder, path: []))
        return (model, Schema(parameters: builder.parameters))
    }

    /// The number of learnable values.
    public var valueCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }
}

/// A place in the tree being built: `scope / "layers" / 3 / "attention"`.
public struct Scope {
    final class Builder {
        var parameters: [Parameter] = []
        var paths: Set<ParameterPath> = []
    }

    let builder: Builder
    let path: [String]

    public static func / (scope: Scope, name: String) -> Scope { Scope(builder: scope.builder, path: scope.path + [name]) }
    public static func / (scope: Scope, index: Int) -> Scope { scope / String(index) }

    /// Declares a parameter here. Declaring the same name twice is a programmer's error.
    public func parameter(_ name: String, _ shape: Shape, _ initializer: Initializer) -> Parameter {
        let parameter = Parameter(
            index: builder.parameters.count, path: ParameterPath(path + [name]), shape: shape, initializer: initializer)
        precondition(builder.paths.insert(parameter.path).inserted, "parameter \(parameter.path) declared twice")
        builder.parameters.append(parameter)
        return parameter
    }
}
