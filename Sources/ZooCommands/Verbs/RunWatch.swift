import ModelZoo
import Synchronization
import ZooTensor
import ZooTraining

/// How far a training run is, for the case that it is broken off: what is kept then, and how to use it.
final class RunWatch: Sendable {
    private struct State {
        var plan: TrainingPlan?
        var step: TrainingStep?
        var best: TrainingEpoch?
        var head: HeadSummary?
        var isTrained = false
    }

    private let folder: String
    private let log: RunLog
    private let isNew: Bool
    /// The command that installs the kept weights.
    let installing: String
    private let state = Mutex(State())

    /// - Parameters:
    ///   - installing: the command that installs the kept weights, as it can be typed.
    init(_ folder: RunFolder, installing: String) {
        self.folder = folder.path
        log = folder.log
        isNew = folder.isNew
        self.installing = installing
    }

    /// The model of the best epoch so far.
    var bestFolder: String { folder + "/best" }

    /// Takes in what happens.
    func event(_ event: TrainingEvent) {
        state.withLock { state in
            switch event {
            case .planned(let plan): state.plan = plan
            case .step(let step): state.step = step
            case .epoch(let epoch) where epoch.isBest: state.best = epoch
            case .solvedHead(let head): state.head = head
            case .finished: state.isTrained = true
            default: break
            }
        }
    }

    /// What is left when a signal ends the run at this moment. The run's log gets it as its last line.
    func left(_ signal: String) -> Farewell.Left {
        let now = state.withLock { $0 }
        let place =
            now.isTrained
            ? "after the training"
            : now.step.map { "in epoch \($0.epoch), after step \($0.step) of \($0.steps)" } ?? "before the first step"
        guard fileKind(bestFolder + "/" + Checkpoint.fileName) != nil else {
            RunFolder.noteInterruption(folder, log, signal: signal, isNew: isNew)
            return Farewell.Left(message: "\(place): no epoch was over, and no weights are kept")
        }
        RunFolder.noteInterruption(folder, log, signal: signal, isNew: isNew)
        var which = "the weights"
        if let best = now.best {
            which += " of epoch \(best.epoch), the best" + (now.isTrained ? "" : " so far")
            if let validation = best.validation { which += " (\(MetricsReport.line(validation)))" }
            which += ","
        } else if let head = now.head {
            which += " with the solved head (\(MetricsReport.line(head.metrics)))"
        }
        return Farewell.Left(
            message: "\(place): \(which) are kept in \(plain(bestFolder, limit: 4096))", hint: "\"\(installing)\" installs them")
    }
}
