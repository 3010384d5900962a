import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooTraining

/// What a run leaves in its folder.
@Suite("Run folders")
struct RunFolderTests {
    private func json(_ path: String) throws -> JSON { try JSON.parse(readFile(path), file: path) }

    /// What is left of a document that was written and read.
    private func reread(_ json: JSON) throws -> JSON { try JSON.parse(json.serialized()) }

    @Test("T12 output directory not empty")
    func notEmpty() throws {
        let workplace = try Workplace()
        try makeFolders(workplace.path("run"))
        try writeFile(workplace.path("run/notes.txt"), "mine".utf8)
        expectError(.conflict, "run", "not empty") { try RunFolder(workplace.path("run")) }
        #expect(try folderEntries(workplace.path("run")) == ["notes.txt"])
        #expect(try readFile(workplace.path("run/notes.txt")) == Array("mine".utf8))
    }

    @Test("T11 two runs into one directory")
    func twoRuns() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(20))
        // Both find the folder empty.
        let first = try workplace.tuner(data, folder: "run")
        let second = try workplace.tuner(data, folder: "run")
        var error: TrainingError?
        _ = try first.run { event in
            guard case .step(let step) = event, step.step == 2 else { return }
            do {
                _ = try second.run()
            } catch let thrown as TrainingError {
                error = thrown
            } catch {}
        }
        #expect(error?.exitCode == .conflict)
        expectError(.conflict, "not empty") { try RunFolder(workplace.path("run")) }
        let log = try readFile(workplace.path("run/log.jsonl")).split(separator: UInt8(ascii: "\n"))
        #expect(log.count == 1 + 6 + 3 + 1)
    }

    @Test("run.json, log.jsonl and metrics.json tell the whole run")
    func files() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(100, classes: 3))
        let validation = try workplace.data("validation", Workplace.texts(30, classes: 3, seed: 5), labels: data.labels)
        let tuner = try workplace.tuner(data, validation: validation, folder: "run/of/today") {
            $0.strategy = .freeze(["embeddings"])
            $0.classWeighting = .named(["red": 2.5])
            $0.seed = .max
        }
        let (result, steps, epochs) = try tuner.recorded()
        let folder = workplace.path("run/of/today")
        #expect(try folderEntries(folder) == ["best", "log.jsonl", "metrics.json", "run.json"])
        #expect(try folderEntries(folder + "/best") == ["config.json", "model.safetensors", "vocab.txt"])

        let run = try json(folder + "/run.json")
        #expect(run["base"]?.string == workplace.base)
        #expect(run["family"]?.string == "bert")
        #expect(run["labels"] == .array(data.labels.map { .string($0) }))
        #expect(try run["configuration"] == reread(tuner.configuration.json))
        #expect(run["configuration"]?["seed"]?.string == String(UInt64.max))
        #expect(run["configuration"]?["strategy"]?["freeze"] == .array([.string("embeddings")]))
        #expect(run["configuration"]?["class_weights"]?["red"]?.number == 2.5)
        #expect(try run["plan"] == reread(result.plan.json))

        let log = try readFile(folder + "/log.jsonl").split(separator: UInt8(ascii: "\n")).map { try JSON.parse(Array($0)) }
        let kinds = log.compactMap { $0["type"]?.string }
        let epoch = Array(repeating: "train.step", count: 7) + ["train.epoch"]
        #expect(kinds == ["train.planned"] + epoch + epoch + epoch + ["train.finished"])
        #expect(try log.first?["plan"] == reread(result.plan.json))
        #expect(try log.last?["summary"] == reread(result.summary.json))
        let stepLines = log.filter { $0["type"]?.string == "train.step" }
        #expect(stepLines.compactMap { $0["step"]?.integer } == Array(1...21))
        #expect(stepLines.compactMap { $0["loss"]?.number } == steps.map(\.loss))
        #expect(stepLines.compactMap { $0["gradient_norm"]?.number } == steps.map(\.gradientNorm))
        #expect(stepLines.compactMap { $0["learning_rate"]?.number } == steps.map(\.learningRate))
        #expect(stepLines.compactMap { $0["tokens"]?.integer } == steps.map(\.tokens))
        #expect(stepLines.reduce(0) { $0 + ($1["examples"]?.integer ?? 0) } == 300)
        #expect(stepLines.allSatisfy { ($0["seconds"]?.number ?? -1) >= 0 && $0["steps"]?.integer == 21 })
        let epochLines = log.filter { $0["type"]?.string == "train.epoch" }
        #expect(epochLines.compactMap { $0["training_loss"]?.number } == epochs.map(\.trainingLoss))
        #expect(epochLines.compactMap { $0["validation"]?["accuracy"]?.number } == epochs.compactMap { $0.validation?.accuracy })
        #expect(epochLines.compactMap { $0["is_best"]?.bool } == epochs.map(\.isBest))

        // The figures can be had again from what lies in the folder.
        let metrics = try json(folder + "/metrics.json")
        #expect(try metrics == reread(result.summary.json))
        let best = try Model<BERT>(Assets(folder: folder + "/best"), head: .published)
        #expect(best.labels == data.labels)
        #expect(try metrics["validation"] == reread(Evaluation.run(best, on: validation).json))
        #expect(metrics["best_epoch"]?.integer == result.summary.bestEpoch)
        #expect(metrics["steps"]?.integer == 21 && metrics["epochs"]?.integer == 3)
        #expect((metrics["training_seconds"]?.number ?? 9) <= (metrics["total_seconds"]?.number ?? 0))
    }

    @Test("a folder within a file is an error, not a crash")
    func inFile() throws {
        let workplace = try Workplace()
        expectError(.usage) { try RunFolder(workplace.base + "/config.json") }
        expectError(.notFound) { try RunFolder(workplace.base + "/config.json/run") }
    }
}
