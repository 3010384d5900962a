import ModelZoo
import ZooTensor
import ZooTraining

/// Tells people and programs how a training run goes.
final class FinetuneReport {
    private let session: Session
    private let training: LabelledDataset
    private let kind: InputKind
    private let recipe: [String]
    /// The number of folds of a cross-validation before the run; nil without one.
    private let folds: Int?
    private let isTested: Bool
    private let stepFlags: [String]
    private var computesFeaturesOnce = false

    /// - Parameters:
    ///   - recipe: the settings that were made from the data, each with its reason.
    ///   - folds: the number of folds of a cross-validation before the run; nil without one.
    ///   - isTested: whether the result is measured on data of its own.
    ///   - stepFlags: the flags that were given and say how steps are taken.
    init(
        _ session: Session, _ training: LabelledDataset, _ kind: InputKind, recipe: [String], folds: Int?, isTested: Bool,
        stepFlags: [String]
    ) {
        self.recipe = recipe
        self.folds = folds
        self.isTested = isTested
        self.stepFlags = stepFlags
        self.session = session
        self.training = training
        self.kind = kind
    }

    /// Everything that happens during the run.
    func event(_ event: TrainingEvent, folder: String?) {
        if let json = event.json { session.progress.event(json) }
        switch event {
        case .preparing(let done, let total): session.progress.update("preparing inputs", done: done, total: total)
        case .computingFeatures(let done, let total): session.progress.update("computing features", done: done, total: total)
        case .planned(let plan): self.plan(plan, folder: folder)
        case .step(let step):
            if session.progress.mode == .json { return }
            session.progress.update(
                "training", done: step.step, total: step.steps,
                details: "epoch \(step.epoch), loss \(fixed(step.loss, 3)), \(fixed(step.examplesPerSecond, 0)) examples/s",
                secondsLeft: step.secondsLeft)
        case .solving(let done, let total): session.progress.update("solving the head", done: done, total: total)
        case .solvedHead(let head): solved(head)
        case .evaluating(_, let done, let total): session.progress.update("validating", done: done, total: total)
        case .epoch(let epoch):
            let figures = epoch.validation.map { "; validation: \(MetricsReport.line($0))" } ?? ""
            say(
                "epoch \(epoch.epoch): loss \(fixed(epoch.trainingLoss, 4))\(figures)\(epoch.isBest && epoch.validation != nil ? " (kept)" : "")"
            )
        case .finished: break
        }
    }

    /// Everything that happens during a cross-validation.
    func event(_ event: CrossValidation.Event) {
        switch event {
        case .training(let fold, .step(let step)):
            session.progress.update(
                "fold \(fold) of \(folds ?? fold)", done: step.step, total: step.steps, details: "loss \(fixed(step.loss, 3))",
                secondsLeft: step.secondsLeft)
        case .training(let fold, .computingFeatures(let done, let total)):
            session.progress.update("fold \(fold): computing features", done: done, total: total)
        case .training: break
        case .measured(let fold, let metrics): say("fold \(fold): \(MetricsReport.line(metrics))")
        }
    }

    /// What a cross-validation came to.
    func crossValidated(_ result: CrossValidation) {
        let shares = result.folds.map(\.accuracy)
        let range = "\(fixed(100 * (shares.min() ?? 0), 1)) to \(fixed(100 * (shares.max() ?? 0), 1)) %"
        say("cross-validation: \(MetricsReport.line(result.metrics))\(margin(result.metrics)), the folds \(range)")
    }

    private func solved(_ head: HeadSummary) {
        let held = head.folds > 0 ? "\(head.folds)-fold cross-validation" : "validation"
        say("head: solved, C \(head.strength), \(held): \(MetricsReport.line(head.metrics))")
        if !head.isUsed {
            say(
                "the features hold too little of these classes for it: fine-tuning begins with a random head (--head solved begins with this one)"
            )
        }
        if !head.hasConverged { session.note("the head's last fit ended before it had converged, after \(head.iterations) iterations") }
    }

    /// What will be done.
    func plan(_ plan: TrainingPlan, folder: String?) {
        computesFeaturesOnce = plan.computesFeaturesOnce
        // All images are equally long, in a unit that says nothing about them.
        say(
            kind.hasTokens
                ? "  examples: \(grouped(plan.examples)), \(counted(plan.tokensPerEpoch, "token")), the longest \(plan.longest)"
                : "  examples: \(counted(plan.examples, kind.noun))")
        let names = zip(training.labels, training.classCounts).prefix(10).map { "\(plain($0, limit: 40)) \(grouped($1))" }
        say("  classes: \(training.labels.count)" + (training.labels.count <= 10 ? " (\(names.joined(separator: ", ")))" : ""))
        if plan.validationExamples > 0, case let margin = 100 * validationMargin(plan.validationExamples), margin > 4 {
            session.note(
                "the validation part is small: its accuracy tells the true one to about ± \(fixed(margin, 0)) points; --val gives other data"
                    + (folds == nil ? ", --cross-validate 5 asks about all of it" : ""))
        } else if plan.validationExamples == 0, plan.steps > 0, folds == nil, !isTested {
            session.note("nothing is held back, so the result is not measured: --cross-validate 5 measures the settings in 5 more runs")
        }
        let origin = plan.validationIsSplit ? ", split off the training data" : ""
        let without = plan.steps == 0 && plan.folds > 0 ? "\(plan.folds)-fold cross-validation" : "none"
        if let folds { say("  cross-validation: \(folds) runs before this one, which learns from everything") }
        say("  validation: " + (plan.validationExamples == 0 ? without : "\(counted(plan.validationExamples, "example"))\(origin)"))
        if plan.steps == 0, !stepFlags.isEmpty {
            session.note(
                "the head is solved without steps: \(stepFlags.joined(separator: ", ")) \(stepFlags.count == 1 ? "changes" : "change") nothing; --head random trains it"
            )
        }
        if plan.truncatedInputs > 0 {
            let share = Double(plan.truncatedInputs) / Double(max(plan.examples + plan.validationExamples, 1))
            let inputs = counted(plan.truncatedInputs, "input", "inputs")
            say(
                "  cut: \(inputs) (\(smallPercent(share))) \(plan.truncatedInputs == 1 ? "loses" : "lose") \(counted(plan.droppedTokens, "token", "tokens"))"
            )
        }
        let share = Double(plan.trainableValues) / Double(max(plan.totalValues, 1))
        say("  trained: \(grouped(plan.trainableValues)) of \(grouped(plan.totalValues)) parameters (\(smallPercent(share)))")
        if plan.computesFeaturesOnce { say("  features: computed once, used in every epoch") }
        if plan.headStart == .solved { say("  head: solved first, by logistic regression on the features") }
        if plan.steps > 0 { say("  steps: \(grouped(plan.steps))") }
        if !recipe.isEmpty { say("  recipe: " + recipe.joined(separator: "; ")) }
        say("  memory: about \(byteSize(plan.memoryBytes))")
        if let folder { say("  run: \(plain(folder, limit: 1000))") }
        for note in plan.notes { session.note(note) }
    }

    /// Half the width of the 95 % interval of an accuracy of 85 % on so many examples.
    private func validationMargin(_ count: Int) -> Double { 1.96 * (0.85 * 0.15 / Double(count)).squareRoot() }

    /// What came out, and what to type next.
    func end(_ summary: TrainingSummary, _ tested: ClassificationMetrics?, _ model: InstalledModel, data: String?) {
        let validation = summary.validation.map { ", validation: \(MetricsReport.line($0))" + margin($0) } ?? ""
        if summary.epochs > 0 { say("kept: epoch \(summary.bestEpoch) of \(summary.epochs)\(validation)") }
        // A head alone learns from features in no time: its rate says nothing about the run.
        let rates =
            kind.hasTokens
            ? "\(fixed(summary.examplesPerSecond, 1)) examples/s, \(fixed(summary.tokensPerSecond, 0)) tokens/s in training"
            : "\(fixed(summary.examplesPerSecond, 1)) \(kind.noun)s/s in training"
        say("time: \(duration(summary.totalSeconds))" + (computesFeaturesOnce ? "" : ", " + rates))
        if let tested {
            say("test: \(MetricsReport.line(tested))\(margin(tested)) on \(counted(tested.count, "example", "examples"))")
        }
        let reference = model.reference.description
        for note in summary.notes { session.note(note) }
        say("\(session.style.bold(reference)) is installed, \(model.digest)")
        say("next:")
        say("  " + session.typed("evaluate \(reference) --data \(data.map(quoted) ?? kind.sampleData)"))
        say("  " + session.typed("predict \(reference) \(kind.sampleArgument)"))
        let file = reference.split(separator: ":").joined(separator: "-") + ".zoo"
        say("  " + session.typed("export \(reference) --format zoo -o \(file)" + (fileKind(file) == nil ? "" : " --overwrite")))
        session.sayQuietly(reference)
    }

    /// How far chance may have moved an accuracy.
    private func margin(_ metrics: ClassificationMetrics) -> String {
        " (accuracy ± \(fixed(100 * metrics.accuracyMargin, 1)) points)"
    }

    /// Lines of a long run are seen at once, also through a pipe.
    private func say(_ text: String) {
        session.say(text)
        session.output.flush()
    }
}
