import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooTraining

/// What a run does with its data.
@Suite("Plans")
struct PlanTests {
    @Test("the part that is held back has the classes in proportion")
    func split() throws {
        let workplace = try Workplace()
        let names = ["red", "blue", "tall"]
        let rows = zip([60, 30, 10], names).flatMap { count, name in (0..<count).map { ("the \(name)a of \($0)", name) } }
        let data = try workplace.data("train", rows)
        let result = try workplace.tuner(data) { $0.epochs = 1 }.run()
        #expect(result.plan.examples == 90 && result.plan.validationExamples == 10)
        #expect(result.plan.validationIsSplit)
        #expect(result.plan.labels == ["blue", "red", "tall"])
        #expect(result.summary.validation?.classes.map(\.support) == [3, 6, 1])
        #expect(result.plan.steps == 6)
        #expect(try workplace.tuner(data) { $0.epochs = 1 }.plan() == result.plan)
    }

    @Test("validation data that is given is used, and nothing held back; shared texts are told")
    func given() throws {
        let workplace = try Workplace()
        let rows = Workplace.texts(40)
        let data = try workplace.data("train", rows)
        let validation = try workplace.data(
            "validation", Array(rows.prefix(3)) + [(" \(rows[3].text)  ", "red"), ("talld wetb", "blue")], labels: data.labels)
        let plan = try workplace.tuner(data, validation: validation).plan()
        #expect(plan.examples == 40 && plan.validationExamples == 5 && !plan.validationIsSplit)
        #expect(plan.notes.contains { $0.hasPrefix("4 inputs are both in") && $0.contains("validation.jsonl") }, "\(plan.notes)")
    }

    @Test("I7 duplicates across splits")
    func sharedBySplit() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", (0..<40).map { ($0 % 2 == 0 ? "reda" : "blueb", $0 % 2 == 0 ? "red" : "blue") })
        let plan = try workplace.tuner(data) { $0.validationFraction = 0.25 }.plan()
        #expect(plan.validationExamples == 10)
        #expect(plan.notes.contains { $0.hasPrefix("10 inputs are both in the training and in the validation part of") }, "\(plan.notes)")
        let distinct = try workplace.data(
            "distinct", (0..<40).map { (Workplace.fillers[$0 % 10] + " \($0)", $0 % 2 == 0 ? "red" : "blue") })
        #expect(try !workplace.tuner(distinct).plan().notes.contains { $0.contains("validation part") })
    }

    @Test("texts that are cut are counted, in both parts of the data")
    func truncation() throws {
        let workplace = try Workplace()
        let long = Array(repeating: "the", count: 40).joined(separator: " ")
        let exact = Array(repeating: "the", count: 30).joined(separator: " ")
        let data = try workplace.data("train", [("reda", "red"), (exact, "red"), (long, "blue"), ("of blueb", "blue")])
        let validation = try workplace.data("validation", [(exact + " a", "red"), ("a", "blue")], labels: data.labels)
        let plan = try workplace.tuner(data, validation: validation).plan()
        #expect(plan.truncatedInputs == 2)
        #expect(plan.droppedTokens == 11)
        #expect(plan.longest == 32)
        #expect(plan.tokensPerEpoch == 3 + 32 + 32 + 4)
    }

    @Test("the memory estimate counts weights, gradients, optimizer, packed matrices, and activations or else features")
    func memory() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(50))
        let one = try workplace.tuner(data) { $0.batchSize = 1 }.plan()
        let many = try workplace.tuner(data) { $0.batchSize = 32 }.plan()
        #expect(one.memoryBytes > 16 * one.totalValues)
        #expect(many.memoryBytes > one.memoryBytes)
        let measures = try workplace.model(.fresh(data.labels)).configuration
        let frozen = try workplace.tuner(data) {
            $0.batchSize = 1
            $0.strategy = .freeze(["embeddings"])
        }.plan()
        #expect(frozen.trainableValues < frozen.totalValues && !frozen.computesFeaturesOnce)
        for plan in [one, frozen] {
            // A batch holds one text. Matrices are packed once more for the gradients.
            let activations = plan.longest * measures.activationsPerToken
            let values = plan.totalValues + 3 * plan.trainableValues + activations + 2 * measures.weightsPerToken
            #expect(plan.memoryBytes == 4 * values)
        }
        let head = try workplace.tuner(data) {
            $0.batchSize = 32
            $0.strategy = .headOnly
        }.plan()
        #expect(head.computesFeaturesOnce)
        let features = (head.examples + head.validationExamples) * measures.width
        let values = head.totalValues + 3 * head.trainableValues + measures.weightsPerToken + features
        #expect(head.memoryBytes == 4 * values)
    }

    @Test("every text is passed once an epoch, in another order each time")
    func epochs() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(50))
        let (result, steps, _) = try workplace.tuner(data) {
            $0.validationFraction = 0
            $0.batchSize = 8
        }.recorded()
        var orders: Set<[Int]> = []
        for epoch in 1...3 {
            let own = steps.filter { $0.epoch == epoch }
            #expect(own.map(\.examples) == [8, 8, 8, 8, 8, 8, 2])
            #expect(own.reduce(0) { $0 + $1.tokens } == result.plan.tokensPerEpoch)
            orders.insert(own.map(\.tokens))
        }
        #expect(orders.count == 3)
    }

    @Test("I6 one sample per class with stratified split")
    func onePerClass() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(5, classes: 5))
        let result = try workplace.tuner(data).run()
        #expect(result.plan.examples == 5 && result.plan.validationExamples == 0 && !result.plan.validationIsSplit)
        #expect(result.plan.notes.contains { $0.contains("no validation data") })
        #expect(result.summary.steps == 3)
    }

    @Test("I9 many classes")
    func manyClasses() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", (0..<2000).map { ("the \(Workplace.vocabulary[5 + $0 % 30]) of", "class \($0 / 2)") })
        let result = try workplace.tuner(data) {
            $0.epochs = 1
            $0.batchSize = 256
        }.run()
        #expect(result.plan.labels.count == 1000)
        #expect(result.plan.validationExamples == 200)
        #expect(result.summary.validation?.classes.count == 1000)
        #expect(
            result.model.weights[try #require(result.model.schema.parameters.first { $0.path.description == "classifier.bias" })].count
                == 1000)
    }

    @Test("T16 one class alone")
    func oneClass() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", [("reda", "red"), ("redb", "red")])
        let tuner = try workplace.tuner(data, folder: "run")
        expectError(.data, "at least two classes, found 1: red", "train.jsonl") { try tuner.run() }
        #expect(try folderEntries(workplace.path("run")).isEmpty)
    }

    @Test("T16 batch of one; label absent in the validation data")
    func batchOfOne() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(6, classes: 3))
        let validation = try workplace.data("validation", [("reda of", "red")], labels: data.labels)
        let (result, steps, _) = try workplace.tuner(data, validation: validation) {
            $0.batchSize = 1
            $0.epochs = 2
        }.recorded()
        #expect(steps.count == 12 && steps.allSatisfy { $0.examples == 1 && $0.loss.isFinite })
        #expect(result.summary.validation?.count == 1)
        #expect(result.summary.validation?.classes.map(\.support) == [0, 1, 0])
    }

    @Test("I10 text empty, only white space, only unknown words")
    func emptyTexts() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", [("", "red"), ("  \t", "blue"), ("zzz", "red"), ("reda", "blue")])
        let result = try workplace.tuner(data) { $0.validationFraction = 0 }.run()
        #expect(result.plan.tokensPerEpoch == 2 + 2 + 3 + 3)
        #expect(result.plan.notes.contains { $0.contains("empty") })
        #expect(result.model.bits.joined().allSatisfy { Float(bitPattern: $0).isFinite })
    }
}
