import Testing
import ZooTensor

@Suite("Configuration files")
struct ConfigurationFileTests {
    let harness: Harness
    let folder: String

    init() throws {
        harness = try Harness()
        folder = try TinyModel.write(harness)
        try harness.write("train.csv", TinyModel.table(rows: 24))
    }

    private func dryRun(_ text: String, _ flags: String...) throws -> Outcome {
        let path = try harness.write("settings.json", text)
        return harness.zoo(["finetune", folder, "--train", harness.file("train.csv"), "--dry-run", "--json", "--config", path] + flags)
    }

    @Test(
        "X8 unknown key, wrong type, duplicate key: the line is told",
        arguments: [
            ("{\n  \"epochs\": 2,\n  \"epoch\": 3\n}", 3, "epoch", "did you mean \"epochs\"?"),
            ("{\n\n  \"epochs\": \"two\"}", 3, "epochs", nil),
            ("{\"batch_size\": 1.5}", 1, "batch_size", nil),
            ("{\"epochs\": 2,\n\"seed\": 1,\n\"epochs\": 3}", 3, "epochs", nil),
            ("{\n\"optimizer\": {\n\"name\": \"adamw\",\n\"momentum\": 0.5}}", 4, "optimizer.momentum", nil),
            ("{\n\"optimizer\": {\n\"name\": \"adam\"}}", 3, "optimizer.name", nil),
            ("{\n\"schedule\": {\"shape\": \"linear\",\n\"warmup\": true}}", 3, "schedule.warmup", nil),
            ("{\n\"metric\": \"auc\"}", 2, "metric", nil),
            ("{\n\"strategy\": \"some\"}", 2, "strategy", nil),
            ("{\n\"strategy\": {\n\"freeze\": [1]}}", 2, "strategy", nil),
            ("{\n\"class_weights\": {\"positive\": 1,\n\"negative\": -1}}", 3, "class_weights.negative", nil),
            ("{\n\"seed\": \"-3\"}", 2, "seed", nil),
            ("[1]", 1, nil, nil), ("{\n\"epochs\": }", 2, nil, nil),
        ] as [(String, Int, String?, String?)])
    func mistakes(text: String, line: Int, key: String?, hint: String?) throws {
        let outcome = try dryRun(text)
        #expect(outcome.code == 2)
        let error = try outcome.document()["error"]
        #expect(error?["code"]?.string == "usage.configuration")
        #expect(error?["where"]?["line"]?.integer == line)
        #expect(error?["where"]?["file"]?.string == harness.file("settings.json"))
        if let key { #expect(error?["where"]?["entry"]?.string == key) }
        if let hint { #expect(error?["hint"]?.string == hint) }
    }

    @Test("a value out of range is told")
    func range() throws {
        let outcome = try dryRun("{\"epochs\": 0}")
        #expect(outcome.code == 2)
        #expect(outcome.errors.contains("epochs: expected 1 or more, found 0"))
    }

    @Test("every setting is taken, and flags count more")
    func settings() throws {
        let text = """
            {"strategy": {"freeze": ["embeddings"]}, "head_start": "solved", "least_head_gain": 0.25, "folds": 3, "epochs": 7, "max_steps": 9, "batch_size": 4, "accumulation": 2, "learning_rate": 0.001,
             "optimizer": {"name": "sgd", "momentum": 0.5, "nesterov": true, "weight_decay": 0.25},
             "schedule": {"shape": "cosine", "warmup": 0.25, "floor": 0.5}, "clip_norm": null, "label_smoothing": 0.125,
             "class_weights": {"positive": 2.0}, "dropout": false,
             "augmentation": null, "on_bad": "skip", "validation_fraction": 0.25, "metric": "loss", "selection_margin": 0.5, "patience": 3,
             "seed": "18446744073709551615", "max_length": 16, "pooling": "mean"}
            """
        let data = try dryRun(text).data("finetune")
        #expect(data["configuration"] == (try JSON.parse(Array(text.utf8))))
        #expect(data["plan"]?["steps"]?.integer == 9)
        let changed = try dryRun(text, "--epochs", "2", "--weight-decay", "0", "--clip", "3", "--seed", "5", "--head-only").data("finetune")
        let configuration = changed["configuration"]
        #expect(configuration?["epochs"]?.integer == 2)
        #expect(configuration?["optimizer"]?["momentum"]?.number == 0.5)
        #expect(configuration?["optimizer"]?["weight_decay"]?.number == 0)
        #expect(configuration?["clip_norm"]?.number == 3)
        #expect(configuration?["seed"]?.string == "5")
        #expect(configuration?["strategy"]?.string == "head-only")
    }

    @Test("the rendered settings of a run are taken as they are, alone and as run.json")
    func rendered() throws {
        let first = try dryRun("{}", "--epochs", "4", "--class-weights", "balanced", "--patience", "2").data("finetune")
        let configuration = try #require(first["configuration"])
        #expect(try dryRun(configuration.serializedText()).data("finetune")["configuration"] == configuration)
        let run = JSON.object(["base": .string("x"), "configuration": configuration, "plan": .object([:])])
        #expect(try dryRun(run.serializedText()).data("finetune")["configuration"] == configuration)
        let wrong = JSON.object(["configuration": .object(["epoch": .integer(1)]), "plan": .object([:])]).serializedText(pretty: true)
        #expect(try dryRun(wrong).document()["error"]?["where"]?["line"]?.integer == 3)
    }

    @Test("weights of classes from a file")
    func classWeights() throws {
        let path = try harness.write("weights.json", "{\"positive\": 3,\n \"negative\": 0.5}")
        let data = try dryRun("{}", "--class-weights", path).data("finetune")
        #expect(data["configuration"]?["class_weights"]?["positive"]?.number == 3)
        try harness.write("weights.json", "{\"positive\": 3,\n \"negative\": \"x\"}")
        let outcome = try dryRun("{}", "--class-weights", path)
        #expect(outcome.code == 2)
        #expect(try outcome.document()["error"]?["where"]?["line"]?.integer == 2)
    }
}
