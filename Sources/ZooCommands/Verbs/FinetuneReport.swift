import ModelZoo
import ZooTensor
import ZooTraining

/// Tells people and programs how a training run goes.
final class FinetuneReport {
    private let session: Session
    private let training: LabelledDataset
    private var epochs = 0

    init(_ session: Session, _ training: LabelledDataset) {
        self.session = session
        self.training = training
    }

    /// Everything that happens during the run.
    func event(_ event: TrainingEvent, folder: String) {
        if let json = event.json { session.progress.event(json) }
        switch event {
        case .preparing(let done, let total): session.progress.update("preparing inputs", done: done, total: total)
        case .planned(let plan): self.plan(plan.json.object ?? [:], folder: folder)
        case .step(let step):
            if session.progress.mode == .json { return }
            session.progress.update(
                "training", done: step.step, total: step.steps,
                details: "epoch \(step.epoch), loss \(fixed(step.loss, 3)), \(fixed(step.examplesPerSecond, 0)) examples/s",
                secondsLeft: step.secondsLeft)
        case .evaluating(_, let done, let total): session.progress.update("validating", done: done, total: total)
        case .epoch(let epoch):
            epochs += 1
            let figures = epoch.validation.map { "; validation: \(MetricsReport.line($0))" } ?? ""
            say(
                "epoch \(epoch.epoch): loss \(fixed(epoch.trainingLoss, 4))\(figures)\(epoch.isBest && epoch.validation != nil ? " (best)" : "")"
            )
        case .finished: break
        }
    }

    /// What will be done, from the members of ``TrainingPlan/json``.
    func plan(_ plan: JSONObject, folder: String?) {
        func number(_ key: String) -> Int { plan[key]?.integer ?? 0 }
        say("  examples: \(grouped(number("examples"))), \(grouped(number("tokens_per_epoch"))) tokens, the longest \(number("longest"))")
        let names = zip(training.labels, training.classCounts).prefix(10).map { "\(plain($0, limit: 40)) \(grouped($1))" }
        say("  classes: \(training.labels.count)" + (training.labels.count <= 10 ? " (\(names.joined(separator: ", ")))" : ""))
        let held = number("validation_examples")
        let isSplit = plan["validation_is_split"]?.bool ?? false
        say("  validation: " + (held == 0 ? "none" : "\(grouped(held)) examples" + (isSplit ? ", split off the training data" : "")))
        let inputs = number("examples") + held
        if number("truncated_inputs") > 0, inputs > 0 {
            say(
                "  cut: \(counted(number("truncated_inputs"), "input", "inputs")) (\(percent(Double(number("truncated_inputs")) / Double(inputs)))) "
                    + "lose \(counted(number("dropped_tokens"), "token", "tokens"))")
        }
        let (trained, all) = (number("trainable_values"), number("total_values"))
        say("  trained: \(grouped(trained)) of \(grouped(all)) parameters (\(percent(Double(trained) / Double(max(all, 1)))))")
        say("  steps: \(grouped(number("steps")))")
        say("  memory: about \(byteSize(number("memory_bytes")))")
        if let folder { say("  run: \(folder)") }
        for note in plan["notes"]?.array ?? [] { session.note(note.string ?? "") }
    }

    /// What came out, and what to type next.
    func end(_ summary: TrainingSummary, _ tested: ClassificationMetrics?, _ model: InstalledModel, data: String?) {
        let validation = summary.validation.map { ", validation: \(MetricsReport.line($0))" } ?? ""
        say("best epoch: \(summary.bestEpoch) of \(summary.epochs)\(validation)")
        say(
            "time: \(duration(summary.totalSeconds)), \(fixed(summary.examplesPerSecond, 1)) examples/s, "
                + "\(fixed(summary.tokensPerSecond, 0)) tokens/s in training")
        if let tested { say("test: \(MetricsReport.line(tested)) on \(counted(tested.count, "example", "examples"))") }
        let reference = model.reference.description
        say("\(session.style.bold(reference)) is installed, \(model.digest)")
        say("next:")
        say("  zoo evaluate \(reference) --data \(data.map(quoted) ?? "FILE")")
        say("  zoo predict \(reference) \"a text\"")
        say("  zoo export \(reference) --format zoo -o \(reference.split(separator: ":").joined(separator: "-")).zoo")
        session.sayQuietly(reference)
    }

    /// Lines of a long run are seen at once, also through a pipe.
    private func say(_ text: String) {
        session.say(text)
        session.output.flush()
    }
}
