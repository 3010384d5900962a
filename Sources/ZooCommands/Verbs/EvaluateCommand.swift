import ArgumentParser
import ModelZoo
import ZooTensor
import ZooTraining

/// `zoo evaluate REF --data FILE`
struct EvaluateCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a fine-tuned model on labelled data.",
        discussion: """
            Examples:
              zoo evaluate tickets --data test.csv
              zoo evaluate tickets --data test.tsv --text sentence --report ./report
              zoo evaluate flowers --data photos/test
            """,
        aliases: ["eval"])

    @Argument(help: "An installed model or a folder.")
    var model: String

    @Option(name: .long, help: ArgumentHelp("The labelled data: see zoo finetune.", valueName: "path"))
    var data: String

    @OptionGroup(title: "Data") var columns: ColumnOptions

    @Option(name: .long, help: ArgumentHelp("The largest number of tokens of one input.", valueName: "n"))
    var maxLength: Int?

    @Option(name: .long, help: "What happens to inputs that cannot be read: fail or skip (fail).", transform: choice)
    var onBad: BadInputPolicy = .fail

    @Option(name: .long, help: ArgumentHelp("A folder for metrics.json and confusion.csv.", valueName: "folder"))
    var report: String?

    @OptionGroup var global: GlobalOptions

    var leftByInterruption: Farewell.Left { Farewell.Left(message: "nothing was measured to the end, and nothing is kept") }

    func run(_ session: Session) throws -> JSON {
        let located = try LocatedModel(model, session)
        return try evaluate(located.family, located, session)
    }

    private func evaluate<Family: ModelFamily>(_ family: Family.Type, _ located: LocatedModel, _ session: Session) throws -> JSON {
        let loaded = try located.classifier(family, options: tokenizerOptions(maxLength))
        let parts = try DatasetReader.parts(
            data, kind: Family.inputKind, columns: columns.columns, header: !columns.noHeader, dialect: columns.dialect,
            labels: loaded.labels, skipsMissing: onBad == .skip)
        let examples = parts.forTest
        if parts.test != nil { session.note("of \(data) only the part for testing is measured") }
        for note in loaded.notes + examples.warnings { session.note(note) }
        let clock = ContinuousClock()
        let start = clock.now
        let read = try EncodedExamples(examples, loaded.tokenizer, onBad)
        for error in read.errors { session.note("left out: \(error.description)") }
        for note in read.notes + read.cutNotes { session.note(note) }
        let metrics = try Evaluation.run(loaded, on: read) { session.progress.update("evaluating", done: $0, total: $1) }
        let seconds = (clock.now - start).seconds
        for note in loaded.tokenizer.notes() { session.note(note) }
        let figures = MetricsReport(metrics)
        session.say(
            "\(session.style.bold(located.name)) on \(plain(data)): \(counted(metrics.count, "example", "examples")) in \(duration(seconds))"
        )
        for line in figures.headline { session.say("  " + line) }
        session.say()
        for line in figures.classTable.lines(session.style) { session.say(line) }
        session.say()
        for line in figures.confusion(session.style) { session.say(line) }
        session.sayQuietly(fixed(metrics.accuracy, 4))
        if let report {
            try makeFolders(report)
            try writeOutput(report + "/metrics.json", metrics.json.serialized(pretty: true) + [UInt8(ascii: "\n")])
            try writeOutput(report + "/confusion.csv", figures.confusionCSV.utf8)
            session.say()
            session.say("\(plain(report)) holds metrics.json and confusion.csv")
        }
        var result: JSONObject = [
            "model": .string(located.name), "digest": located.installed.map { .string($0.digest.description) } ?? .null,
            "data": .string(data),
            "seconds": .number(seconds), "notes": .strings(session.notes),
        ]
        for (key, value) in metrics.json.object?.pairs ?? [] { result[key] = value }
        return .object(result)
    }
}

/// The options of a tokenizer for flags.
func tokenizerOptions(_ maxLength: Int?, imageSize: Int? = nil) throws -> TokenizerOptions {
    if let maxLength, maxLength < 3 {
        throw CommandError.usage(message: "--max-length: expected 3 or more, found \(maxLength)", hint: nil)
    }
    if let imageSize, !(1...8192).contains(imageSize) {
        throw CommandError.usage(message: "--img-size: expected 1 to 8192, found \(imageSize)", hint: nil)
    }
    return TokenizerOptions(maxLength: maxLength, imageSize: imageSize)
}

/// Measured figures for people.
struct MetricsReport {
    private let metrics: ClassificationMetrics
    /// The greatest number of classes whose whole confusion matrix is shown.
    private static let shownClasses = 20

    init(_ metrics: ClassificationMetrics) { self.metrics = metrics }

    /// The figures in a line.
    static func line(_ metrics: ClassificationMetrics) -> String {
        "accuracy \(percent(metrics.accuracy)), F1 \(fixed(metrics.macroF1, 4)), loss \(fixed(metrics.loss, 4))"
    }

    var headline: [String] {
        [
            "accuracy     \(percent(metrics.accuracy))", "F1, macro    \(fixed(metrics.macroF1, 4))",
            "F1, weighted \(fixed(metrics.weightedF1, 4))", "loss         \(fixed(metrics.loss, 4))",
        ]
    }

    var classTable: Table {
        var table = Table([("CLASS", .left), ("PRECISION", .right), ("RECALL", .right), ("F1", .right), ("EXAMPLES", .right)])
        for figures in metrics.classes {
            table.add([
                plain(figures.label, limit: 60), fixed(figures.precision, 4), fixed(figures.recall, 4), fixed(figures.f1, 4),
                grouped(figures.support),
            ])
        }
        return table
    }

    /// The whole matrix, or the most frequent mistakes where there are many classes.
    func confusion(_ style: Style) -> [String] {
        let classes = metrics.labels.indices
        if classes.count <= MetricsReport.shownClasses {
            var table = Table([("TRUE CLASS, predicted as", .left)] + classes.map { (String($0), .right) })
            for truth in classes {
                table.add(["\(truth) \(plain(metrics.labels[truth], limit: 60))"] + classes.map { String(metrics.confusion(truth, $0)) })
            }
            return table.lines(style)
        }
        var table = Table([("MOST FREQUENT MISTAKES", .left), ("TAKEN FOR", .left), ("TIMES", .right)])
        for mistake in metrics.mistakes(top: 15) {
            table.add([plain(mistake.truth, limit: 60), plain(mistake.prediction, limit: 60), String(mistake.count)])
        }
        return table.lines(style)
    }

    /// The whole matrix: a row for each true class, a column for each predicted one.
    var confusionCSV: String {
        let classes = metrics.labels.indices
        var text = (["true class"] + metrics.labels).map(csvField).joined(separator: ",") + "\n"
        for truth in classes {
            text += ([csvField(metrics.labels[truth])] + classes.map { String(metrics.confusion(truth, $0)) }).joined(separator: ",") + "\n"
        }
        return text
    }
}

/// A field of a CSV file (RFC 4180).
func csvField(_ text: String) -> String {
    let isPlain =
        !text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D } && text.utf8.first != 0x20 && text.utf8.last != 0x20
    if isPlain && !text.isEmpty { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}
