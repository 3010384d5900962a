import ZooNN
import ZooTensor

/// A linear layer with an activation on vectors, as sentence-transformers' `Dense`.
struct DenseModule: Sendable {
    /// The width of what it gets.
    let inputs: Int
    /// The width of what it gives.
    let outputs: Int
    /// What messages call its settings.
    let file: String
    private let activation: Activation
    private let linear: Linear
    private let residual: Linear?
    private let addsInput: Bool
    private let schema: Schema
    private let path: String

    /// The activations that are known, by the last part of PyTorch's name.
    private static let activations: [String: Activation] = [
        "Tanh": .tanh, "Identity": .identity, "ReLU": .relu, "GELU": .gelu, "SiLU": .silu,
    ]
    private static let greatestWidth = 1 << 16

    /// Reads the settings, and compares the headers of the weights with them.
    ///
    /// - Parameter folder: the module's folder in the model.
    /// - Throws: `ModelError.vectors`, `ModelError.missingFile`, `SafetensorsError`.
    init(_ assets: Assets, _ folder: String) throws {
        let name = SentenceModule.place("config.json", in: folder)
        let reader = try SettingsReader(assets, name)
        try reader.checkKeys([
            "in_features", "out_features", "bias", "activation_function", "module_input_name", "module_output_name", "use_residual",
        ])
        for key in ["module_input_name", "module_output_name"] {
            try reader.require(key, { $0 == .string("sentence_embedding") }, "sentence_embedding")
        }
        func width(_ key: String) throws -> Int {
            guard let width = try reader.count(key), width <= Self.greatestWidth else {
                throw reader.bad(key, "a whole number from 1 to \(Self.greatestWidth)")
            }
            return width
        }
        let (inputs, outputs) = (try width("in_features"), try width("out_features"))
        let hasBias = try reader.bool("bias", default: true)
        let isResidual = try reader.bool("use_residual", default: false)
        var activation = Activation.tanh
        if let value = reader.value("activation_function") {
            let parts = value.string?.split(separator: ".").map(String.init) ?? []
            guard parts.first == "torch", let found = Self.activations[parts.last ?? ""] else {
                throw reader.bad("activation_function", "torch's \(Self.activations.keys.sorted().joined(separator: ", "))")
            }
            activation = found
        }
        let built = Schema.build { scope in
            (
                linear: Linear(inputs, outputs, bias: hasBias, scope / "linear"),
                residual: isResidual && inputs != outputs ? Linear(inputs, outputs, bias: false, scope / "residual") : nil
            )
        }
        self.inputs = inputs
        self.outputs = outputs
        self.activation = activation
        file = assets.label(name)
        linear = built.model.linear
        residual = built.model.residual
        addsInput = isResidual && inputs == outputs
        schema = built.schema
        path = try Self.checkWeights(assets, folder, built.schema)
    }

    /// The path of the weights, whose headers fit a schema.
    private static func checkWeights(_ assets: Assets, _ folder: String, _ schema: Schema) throws -> String {
        let name = SentenceModule.place(Checkpoint.fileName, in: folder)
        guard let path = assets.paths[name] else {
            let pickle = SentenceModule.place("pytorch_model.bin", in: folder)
            guard assets.contains(pickle) else {
                throw ModelError.missingFile(name: name, model: assets.name, available: assets.paths.keys.sorted())
            }
            throw ModelError.vectors(
                file: assets.label(pickle), entry: nil,
                problem: "the weights are refused: they are a Python pickle, which can run any code when it is loaded; expected \(name)")
        }
        let checkpoint = try Checkpoint(path)
        var problems = CheckpointProblems()
        for parameter in schema.parameters {
            let name = parameter.path.description
            guard checkpoint.contains(name) else {
                problems.missing.append((name, name))
                continue
            }
            let found = try checkpoint.shape(of: name)
            if found != parameter.shape { problems.misshaped.append((name, parameter.shape, found.dimensions)) }
        }
        let known = Set(schema.parameters.map(\.path.description))
        problems.unexpected = checkpoint.names.filter { !known.contains($0) }
        guard problems.isEmpty else { throw ModelError.checkpoint(file: assets.label(name), problems: problems) }
        return path
    }

    /// The values of the layer's parameters.
    func weights() throws -> Weights {
        let checkpoint = try Checkpoint(path)
        return Weights(schema, try schema.parameters.map { try checkpoint.tensor($0.path.description) })
    }

    /// The layer on vectors, `[sequences, inputs]` to `[sequences, outputs]`.
    func callAsFunction(_ vectors: Tensor, _ weights: Weights) -> Tensor {
        let pass = Pass(weights)
        let x = pass.constant(vectors)
        var result = linear(x, activation: activation, rows: .sequences).value
        let added = residual?.callAsFunction(x, rows: .sequences).value ?? (addsInput ? vectors : nil)
        if let added {
            result.makeUnique()
            added.withElements { addends in
                result.withMutableElements { elements in
                    for place in elements.indices { elements[place] += addends[place] }
                }
            }
        }
        return result
    }
}
