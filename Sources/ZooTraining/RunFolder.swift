import ModelZoo
import ZooTensor

/// The folder that a run leaves behind: `run.json` with the fully rendered configuration, `log.jsonl`, `metrics.json`, and `best/` or, after a
/// failure, `last/` with weights.
public final class RunFolder {
    /// The folder.
    public let path: String
    private var log: AppendingFile?

    /// Makes a folder for a run.
    ///
    /// - Throws: `TrainingError.folderInUse` when it holds anything.
    public init(_ path: String) throws {
        try makeFolders(path)
        guard try folderEntries(path).isEmpty else { throw TrainingError.folderInUse(path: path) }
        self.path = path
    }

    /// The weights of the best epoch so far.
    public var bestWeightsPath: String { path + "/best/" + Checkpoint.fileName }
    /// The weights before a step that failed.
    public var lastWeightsPath: String { path + "/last/" + Checkpoint.fileName }

    func begin<Family>(_ model: Model<Family>, _ plan: TrainingPlan, _ configuration: TrainingConfiguration) throws {
        try makeFolders(path + "/best")
        try makeFolders(path + "/last")
        var object = JSONObject()
        object["base"] = .string(model.name)
        object["family"] = .string(Family.identifier)
        object["labels"] = .array(plan.labels.map { .string($0) })
        object["configuration"] = configuration.json
        object["plan"] = plan.json
        try writeFile(path + "/run.json", JSON.object(object).serialized(pretty: true) + [UInt8(ascii: "\n")])
        log = try AppendingFile(path + "/log.jsonl")
    }

    func log(_ event: TrainingEvent) throws {
        guard let json = event.json else { return }
        try log?.append(json.serialized() + [UInt8(ascii: "\n")])
    }

    /// Writes the metrics, and the companions of the best weights, so that `best/` is a complete upstream folder.
    func finish<Family>(_ model: Model<Family>, _ summary: TrainingSummary) throws {
        for file in try model.companionFiles() {
            if let slash = file.name.lastIndex(of: "/") { try makeFolders(path + "/best/" + file.name[..<slash]) }
            try writeFile(path + "/best/" + file.name, file.bytes)
        }
        try writeFile(path + "/metrics.json", summary.json.serialized(pretty: true) + [UInt8(ascii: "\n")])
    }
}
