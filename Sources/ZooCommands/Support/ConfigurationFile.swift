import ModelZoo
import ZooNN
import ZooTensor
import ZooTraining

/// A JSON file with settings of a training run, in the form that a run's `run.json` has under "configuration". A whole `run.json` is taken too.
struct ConfigurationFile {
    private let file: String
    private let lines: JSONLines
    private let root: JSONObject
    /// What comes before the settings' keys in the file.
    private let prefix: String

    /// Reads a file.
    ///
    /// - Throws: `CommandError.configuration` with the line of what is wrong, `FileError`.
    init(_ path: String) throws {
        file = path
        let bytes = try readFile(path, limit: 1 << 20)
        let document: JSON
        do {
            document = try JSON.parse(bytes, file: path)
        } catch {
            throw CommandError.configuration(
                file: path, line: error.line, key: error.place?.entry, message: error.message,
                hint: "the file must be JSON (RFC 8259) with unique keys")
        }
        lines = JSONLines(bytes)
        guard let object = document.object else {
            throw CommandError.configuration(
                file: path, line: 1, key: nil, message: "expected an object, found \(document.brief)", hint: nil)
        }
        if object["plan"] != nil, let inner = object["configuration"]?.object {
            root = inner
            prefix = "configuration."
        } else {
            root = object
            prefix = ""
        }
    }

    /// Changes the settings that the file has.
    func apply(to configuration: inout TrainingConfiguration) throws {
        let section = Section(path: "", object: root, owner: self)
        try section.allow([
            "strategy", "epochs", "max_steps", "batch_size", "accumulation", "learning_rate", "optimizer", "schedule", "clip_norm",
            "label_smoothing", "class_weights", "dropout", "validation_fraction", "metric", "patience", "seed", "max_length",
            "image_size", "augmentation", "on_bad", "head_start", "folds", "pooling", "selection_margin", "least_head_gain",
        ])
        if let value = root["strategy"] { configuration.strategy = try strategy(value, section) }
        try section.choice("head_start") { configuration.headStart = $0 }
        try section.integer("folds") { configuration.folds = $0 }
        try section.integer("epochs") { configuration.epochs = $0 }
        try section.optionalInteger("max_steps") { configuration.maxSteps = $0 }
        try section.integer("batch_size") { configuration.batchSize = $0 }
        try section.integer("accumulation") { configuration.accumulation = $0 }
        try section.number("learning_rate") { configuration.learningRate = $0 }
        try section.section("optimizer") { configuration.optimizer = try optimizer($0, configuration.optimizer) }
        try section.section("schedule") { configuration.schedule = try schedule($0, configuration.schedule) }
        if root["clip_norm"] == .null {
            configuration.clipNorm = nil
        } else {
            try section.number("clip_norm") { configuration.clipNorm = $0 }
        }
        try section.number("label_smoothing") { configuration.labelSmoothing = $0 }
        if let value = root["class_weights"] { configuration.classWeighting = try classWeights(value, section) }
        try section.bool("dropout") { configuration.dropout = $0 }
        try section.number("validation_fraction") { configuration.validationFraction = $0 }
        try section.choice("metric") { configuration.metric = $0 }
        try section.optionalInteger("patience") { configuration.patience = $0 }
        try section.number("least_head_gain") { configuration.leastHeadGain = $0 }
        try section.number("selection_margin") { configuration.selectionMargin = $0 }
        if let value = root["augmentation"] { configuration.augmentation = try augmentation(value, section) }
        try section.choice("on_bad") { configuration.badInputs = $0 }
        if let value = root["seed"] {
            // A string, since JSON's numbers of other programs end at 2^53.
            guard let seed = value.string.flatMap({ UInt64($0) }) ?? value.integer.flatMap({ UInt64(exactly: $0) }) else {
                throw section.wrong("seed", "a whole number from 0 on", value)
            }
            configuration.seed = seed
        }
    }

    /// The size of inputs, which a model's provenance tells beside the settings.
    func size(_ key: String) throws -> Int? {
        var result: Int?
        try Section(path: "", object: root, owner: self).optionalInteger(key) { result = $0 }
        return result
    }

    /// What the new head reads of a sequence.
    func pooling() throws -> ClassificationHead.Summary? {
        var result: ClassificationHead.Summary?
        try Section(path: "", object: root, owner: self).choice("pooling") { result = $0 }
        return result
    }

    /// Weights of classes by name: a file of its own.
    static func classWeights(_ path: String) throws -> ClassWeighting {
        let file = try ConfigurationFile(path)
        return try file.weights(Section(path: "", object: file.root, owner: file))
    }

    private func strategy(_ value: JSON, _ section: Section) throws -> Strategy {
        let expected = "\"full\", \"head-only\" or {\"freeze\": [patterns]}"
        switch value {
        case .string("full"): return .full
        case .string("head-only"): return .headOnly
        case .object(let object):
            let inner = Section(path: "strategy.", object: object, owner: self)
            try inner.allow(["freeze"])
            guard let patterns = object["freeze"]?.array, case let texts = patterns.compactMap(\.string), texts.count == patterns.count
            else {
                throw section.wrong("strategy", expected, value)
            }
            return .freeze(texts)
        default: throw section.wrong("strategy", expected, value)
        }
    }

    private func optimizer(_ section: Section, _ current: OptimizerKind) throws -> OptimizerKind {
        var name = current.name
        try section.string("name") { name = $0 }
        switch name {
        case "adamw":
            try section.allow(["name", "beta1", "beta2", "epsilon", "weight_decay"])
            var (beta1, beta2, epsilon, decay): (Float, Float, Float, Float) = (0.9, 0.999, 1e-8, 0.01)
            try section.number("beta1") { beta1 = Float($0) }
            try section.number("beta2") { beta2 = Float($0) }
            try section.number("epsilon") { epsilon = Float($0) }
            try section.number("weight_decay") { decay = Float($0) }
            return .adamW(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay)
        case "sgd":
            try section.allow(["name", "momentum", "nesterov", "weight_decay"])
            var (momentum, decay, isNesterov): (Float, Float, Bool) = (0.9, 0, false)
            try section.number("momentum") { momentum = Float($0) }
            try section.bool("nesterov") { isNesterov = $0 }
            try section.number("weight_decay") { decay = Float($0) }
            return .sgd(momentum: momentum, nesterov: isNesterov, weightDecay: decay)
        default: throw section.wrong("name", "adamw or sgd", .string(name))
        }
    }

    /// A preset's name, or the settings one by one; what is not given is off.
    private func augmentation(_ value: JSON, _ section: Section) throws -> Augmentation {
        let presets = Augmentation.Preset.allCases.map(\.rawValue).joined(separator: ", ")
        let expected = "null, one of \(presets), or an object"
        if value == .null { return Augmentation() }
        if let name = value.string {
            guard let preset = Augmentation.Preset(rawValue: name) else { throw section.wrong("augmentation", expected, value) }
            return Augmentation(preset)
        }
        guard let object = value.object else { throw section.wrong("augmentation", expected, value) }
        let inner = Section(path: "augmentation.", object: object, owner: self)
        try inner.allow([
            "crop", "horizontal_flip", "vertical_flip", "colour_jitter", "policy", "erasing", "mixup", "cutmix", "mixing_off_epoch",
        ])
        var result = Augmentation()
        if object["crop"] != .null {
            try inner.section("crop") { crop in
                try crop.allow(["area", "ratio"])
                var part = Augmentation.RandomCrop()
                try crop.range("area") { part.area = $0 }
                try crop.range("ratio") { part.ratio = $0 }
                result.crop = part
            }
        }
        try inner.number("horizontal_flip") { result.horizontalFlip = $0 }
        try inner.number("vertical_flip") { result.verticalFlip = $0 }
        try inner.number("colour_jitter") { result.colourJitter = $0 }
        switch object["policy"] {
        case nil, .null?: break
        case .string("trivial")?: result.policy = .trivial
        case let policy?:
            guard let rand = policy["rand"]?.object, let operations = rand["operations"]?.integer,
                let magnitude = rand["magnitude"]?.integer
            else { throw inner.wrong("policy", "null, \"trivial\" or {\"rand\": {\"operations\": …, \"magnitude\": …}}", policy) }
            result.policy = .rand(operations: operations, magnitude: magnitude)
        }
        try inner.number("erasing") { result.erasing = $0 }
        try inner.number("mixup") { result.mixup = $0 }
        try inner.number("cutmix") { result.cutmix = $0 }
        try inner.optionalInteger("mixing_off_epoch") { result.mixingOffEpoch = $0 }
        return result
    }

    private func schedule(_ section: Section, _ current: Schedule) throws -> Schedule {
        try section.allow(["shape", "warmup", "floor"])
        var schedule = current
        try section.choice("shape") { schedule.shape = $0 }
        try section.number("warmup") { schedule.warmup = $0 }
        try section.number("floor") { schedule.floor = $0 }
        return schedule
    }

    private func classWeights(_ value: JSON, _ section: Section) throws -> ClassWeighting {
        switch value {
        case .null, .string("none"): return .none
        case .string("balanced"): return .balanced
        case .object(let object): return try weights(Section(path: "class_weights.", object: object, owner: self))
        default: throw section.wrong("class_weights", "null, \"balanced\" or an object of numbers", value)
        }
    }

    private func weights(_ section: Section) throws -> ClassWeighting {
        var weights: [String: Double] = [:]
        for (label, value) in section.object.pairs {
            guard let weight = value.number, weight.isFinite, weight >= 0 else { throw section.wrong(label, "a number from 0 on", value) }
            weights[label] = weight
        }
        return .named(weights)
    }

    /// One object of the file.
    private struct Section {
        let path: String
        let object: JSONObject
        let owner: ConfigurationFile

        func error(_ key: String, _ message: String, hint: String? = nil) -> CommandError {
            .configuration(file: owner.file, line: owner.lines[owner.prefix + path + key], key: path + key, message: message, hint: hint)
        }

        func wrong(_ key: String, _ expected: String, _ found: JSON) -> CommandError {
            error(key, "expected \(expected), found \(found.brief)")
        }

        /// Refuses keys that nobody knows.
        func allow(_ keys: [String]) throws {
            for key in object.keys where !keys.contains(key) {
                throw error(
                    key, "the key is unknown, expected one of \(keys.joined(separator: ", "))",
                    hint: suggestion(for: key, among: keys).map { "did you mean \"\($0)\"?" })
            }
        }

        private func read<T>(_ key: String, _ expected: String, _ convert: (JSON) -> T?, _ body: (T) throws -> Void) throws {
            guard let value = object[key] else { return }
            guard let result = convert(value) else { throw wrong(key, expected, value) }
            try body(result)
        }

        private static func whole(_ value: JSON) -> Int? { if case .integer(let number) = value { number } else { nil } }

        func integer(_ key: String, _ body: (Int) throws -> Void) throws { try read(key, "a whole number", Self.whole, body) }
        func number(_ key: String, _ body: (Double) throws -> Void) throws { try read(key, "a number", \.number, body) }
        func bool(_ key: String, _ body: (Bool) throws -> Void) throws { try read(key, "true or false", \.bool, body) }
        func string(_ key: String, _ body: (String) throws -> Void) throws { try read(key, "a text", \.string, body) }

        func range(_ key: String, _ body: (ClosedRange<Double>) throws -> Void) throws {
            func range(_ value: JSON) -> ClosedRange<Double>? {
                guard let numbers = value.array?.compactMap(\.number), numbers.count == 2, numbers[0] <= numbers[1] else { return nil }
                return numbers[0]...numbers[1]
            }
            try read(key, "two numbers, the lower one first", range, body)
        }

        func optionalInteger(_ key: String, _ body: (Int?) throws -> Void) throws {
            if object[key] == .null { try body(nil) } else { try read(key, "a whole number or null", Self.whole, body) }
        }

        func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ body: (Choice) throws -> Void) throws
        where Choice.RawValue == String {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            try read(key, "one of \(names)", { $0.string.flatMap(Choice.init) }, body)
        }

        func section(_ key: String, _ body: (Section) throws -> Void) throws {
            try read(key, "an object", \.object) { try body(Section(path: path + key + ".", object: $0, owner: owner)) }
        }
    }
}
