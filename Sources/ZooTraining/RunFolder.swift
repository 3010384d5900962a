import ModelZoo
import ZooNN
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The folder that a run leaves behind: `run.json` with the fully rendered configuration, `log.jsonl`, `metrics.json`, and the models
/// `best/` and, after a failure, `last/` in upstream layout.
public final class RunFolder {
    /// The folder.
    public let path: String
    /// Whether it was made for this run.
    package let isNew: Bool
    private var lock: RunLock?
    /// What happened in the run.
    package let log: RunLog

    /// Makes a folder for a run.
    ///
    /// - Throws: `TrainingError.folderInUse` when it holds anything.
    public init(_ path: String) throws {
        isNew = fileKind(path) == nil
        try makeFolders(path)
        guard try folderEntries(path).isEmpty else { throw TrainingError.folderInUse(path: path) }
        self.path = path
        log = RunLog(path + "/log.jsonl")
    }

    /// Makes a folder of a name that nothing has yet, in a folder that exists; nil if somebody else was faster.
    package init?(new path: String) throws {
        isNew = true
        self.path = path
        log = RunLog(path + "/log.jsonl")
        guard mkdir(path, 0o777) == 0 else {
            if errno == EEXIST { return nil }
            throw FileError.system("make the folder", path)
        }
        lock = RunLock(path, waits: true)
    }

    /// The weights of the best epoch so far.
    public var bestWeightsPath: String { path + "/best/" + Checkpoint.fileName }
    /// The last weights of a run that failed.
    public var lastWeightsPath: String { path + "/last/" + Checkpoint.fileName }

    /// Removes the folder if it was made for this run and nothing has been written to it.
    public func removeIfUnused() {
        if isNew { rmdir(path) }
    }

    func begin<Family>(_ model: Model<Family>, _ plan: TrainingPlan, _ configuration: TrainingConfiguration) throws {
        // One of two runs that found the folder empty comes first.
        guard mkdir(path + "/best", 0o777) == 0 else {
            if errno == EEXIST { throw TrainingError.folderInUse(path: path) }
            throw FileError.system("make the folder", path + "/best")
        }
        if lock == nil { lock = RunLock(path, waits: true) }
        var object = JSONObject()
        object["base"] = .string(model.name)
        object["family"] = .string(Family.identifier)
        object["labels"] = .array(plan.labels.map { .string($0) })
        object["configuration"] = configuration.json
        object["plan"] = plan.json
        try writeFile(path + "/run.json", JSON.object(object).serialized(pretty: true) + [UInt8(ascii: "\n")])
        try log.open()
    }

    func log(_ event: TrainingEvent) throws {
        if let json = event.json { try log.append(json) }
    }

    /// The last line of a run that failed.
    func log(failure error: any ZooError) throws {
        try log.end([
            "type": .string("train.failed"), "code": .string(error.code), "exit": .integer(Int(error.exitCode.rawValue)),
            "message": .string(error.description),
        ])
    }

    /// Ends the log of a run that a signal ends, or removes the folder if nothing has been written to it.
    package static func noteInterruption(_ path: String, _ log: RunLog, signal: String, isNew: Bool) {
        // The signal matters more than the line.
        let isLogged = (try? log.end(["type": .string("train.interrupted"), "signal": .string(signal)])) ?? true
        if !isLogged && isNew { rmdir(path) }
    }

    /// Keeps the model of the best epoch so far.
    func keepBest<Family>(_ model: Model<Family>) throws { try model.write(to: path + "/best") }

    /// Keeps the model of a run that failed, if its weights are finite.
    ///
    /// - Returns: the weights that there are, of the last step or else of the best epoch; nil if there are none.
    func keepLast<Family>(_ model: Model<Family>) -> String? {
        if model.firstNonFinite == nil {
            do {
                try makeFolders(path + "/last")
                try model.write(to: path + "/last")
                return lastWeightsPath
            } catch {}  // The error that ended the run matters more.
        }
        return fileKind(bestWeightsPath) == nil ? nil : bestWeightsPath
    }

    /// Writes the metrics.
    func finish(_ summary: TrainingSummary) throws {
        try writeFile(path + "/metrics.json", summary.json.serialized(pretty: true) + [UInt8(ascii: "\n")])
    }
}
