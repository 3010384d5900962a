import Foundation
import ModelZoo
import Testing
import ZooTensor

@Suite("Exported models")
struct ExportCommandTests {
    let harness: Harness

    init() throws {
        harness = try Harness()
        _ = try TinyModel.write(harness)
        try harness.write("tiny/LICENSE", "Apache License\nVersion 2.0, January 2004\n")
        #expect(harness.zoo("import", harness.file("tiny"), "--as", "tiny").code == 0)
        try harness.write("train.csv", TinyModel.table(rows: 24))
        #expect(
            harness.zoo(
                "finetune", "tiny", "--train", harness.file("train.csv"), "--test", harness.file("train.csv"), "--out", "mood", "--epochs",
                "1"
            ).code == 0)
    }

    @Test("the class that keeps the head is told, and the one without a head where there is none")
    func loadingClass() {
        let mood = harness.zoo("export", "mood", "--format", "hf", "-o", harness.file("a"))
        #expect(
            mood.output.contains("next: AutoModelForSequenceClassification.from_pretrained(\"\(harness.file("a"))\")"), "\(mood.output)")
        let tiny = harness.zoo("export", "tiny", "--format", "hf", "-o", harness.file("b \"c\""))
        #expect(tiny.output.contains("next: AutoModel.from_pretrained("), "\(tiny.output)")
        #expect(tiny.output.contains("b \\\"c\\\"\")"), "\(tiny.output)")
        func name(_ architecture: String) -> String {
            ModelCard.autoClass(.object(["architectures": .array([.string(architecture)])]))
        }
        #expect(name("ViTForImageClassification") == "AutoModelForImageClassification" && name("ViTModel") == "AutoModel")
        #expect(name("BertForMaskedLM") == "AutoModelForMaskedLM" && ModelCard.autoClass(.object([:])) == "AutoModel")
    }

    @Test(
        "names that promise another format are refused, and the hint works",
        arguments: ["desk.onnx", "desk.gguf", "desk.safetensors", "desk.PT", "desk.h5", "desk.tar", "desk.zip"])
    func names(name: String) throws {
        let refused = harness.zoo("export", "mood", "-o", harness.file(name))
        #expect(refused.code == 2 && fileKind(harness.file(name)) == nil)
        #expect(refused.errors.contains(name) && refused.errors.contains("desk.zoo"), "\(refused.errors)")
        #expect(harness.zoo("export", "mood", "-o", harness.file("desk.zoo")).code == 0)
        #expect(harness.zoo("export", "mood", "-o", harness.file(name), "--format", "hf").code == 0)
        #expect(fileKind(harness.file(name)) == .directory)
    }

    @Test("a folder with a point in its name is a folder, and no folder is called a bundle")
    func folders() {
        #expect(harness.zoo("export", "mood", "-o", harness.file("mood-1.5")).code == 0)
        #expect(fileKind(harness.file("mood-1.5")) == .directory)
        #expect(harness.zoo("export", "mood", "--format", "hf", "-o", harness.file("mood.zoo")).code == 2)
    }

    @Test("a card with data, figures, licence, base and use; its commands work")
    func card() throws {
        let exported = try harness.zoo("export", "mood", "--format", "hf", "-o", harness.file("hf"), "--json").data("export")
        #expect(exported["files"]?.array?.contains(.string("README.md")) == true)
        let card = try harness.read("hf/README.md")
        let front = card.split(separator: "---\n", omittingEmptySubsequences: false)
        #expect(front.count >= 3 && front[0].isEmpty, "\(card)")
        for line in [
            "license: apache-2.0", "library_name: transformers", "pipeline_tag: text-classification", "- accuracy", "- f1", "- bert",
        ] { #expect(front[1].split(separator: "\n").contains(Substring(line)), "\(line) in \(card)") }
        let model = try harness.zoo("show", "mood", "--json").data("show")
        for text in [
            "# mood", "`negative`, `positive`", "| validation |", "| test |", "accuracy", "\"epochs\": 1",
            try #require(model["manifest"]?["provenance"]?["base"]?.string),
            try #require(model["manifest"]?["provenance"]?["data"]?.string),
        ] where text != "| validation |" { #expect(card.contains(text), "\(text) in \(card)") }
        // What it says is typed in its folder.
        let commands = card.split(separator: "\n").filter { $0.hasPrefix("zoo ") }
        #expect(commands == ["zoo predict ./ \"a text\""])
        #expect(harness.zoo("predict", harness.file("hf") + "/", "a text").code == 0)
        #expect(card.contains("pipeline(\"text-classification\", model=\"./\")"))
        #expect(!card.contains(harness.path))
        // The same model, the same card; and it comes back with the folder.
        #expect(harness.zoo("export", "mood", "--format", "hf", "-o", harness.file("again")).code == 0)
        #expect(try harness.read("again/README.md") == card)
        let imported = harness.zoo("import", harness.file("hf"), "--as", "back")
        #expect(imported.code == 0 && imported.output.contains("licence: apache-2.0"), "\(imported.output)")
    }

    @Test("a classifier on the mean: transformers' class would read something else, and the card says so")
    func meanPooled() throws {
        #expect(
            harness.zoo(
                "finetune", "tiny", "--train", harness.file("train.csv"), "--pooling", "mean", "--out", "mean", "--epochs", "1"
            ).code == 0)
        let exported = harness.zoo("export", "mean", "--format", "hf", "-o", harness.file("mean"))
        #expect(exported.errors.contains("classifier_pooling") && !exported.output.contains("from_pretrained"), "\(exported)")
        let card = try harness.read("mean/README.md")
        #expect(card.contains("cannot open this folder") && !card.contains("import pipeline") && card.contains("zoo predict ./"))
    }

    @Test("a classifier on the mean as modules of sentence-transformers: vectors are the logits, and what cannot be written so is refused")
    func sentenceTransformers() throws {
        #expect(
            harness.zoo(
                "finetune", "tiny", "--train", harness.file("train.csv"), "--pooling", "mean", "--out", "mean", "--epochs", "1"
            ).code == 0)
        // The line that the other format names is typed.
        let other = harness.zoo("export", "mean", "--format", "hf", "-o", harness.file("mean") + "/")
        let folder = harness.file("mean-st")
        #expect(other.output.contains("export mean --format sentence-transformers -o \(folder)"), "\(other.output)")
        let exported = try harness.zoo("export", "mean", "--format", "sentence-transformers", "-o", folder, "--json").data("export")
        #expect(
            exported["files"]?.array?.compactMap(\.string).sorted() == [
                "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors", "LICENSE", "README.md", "config.json",
                "model.safetensors", "modules.json", "vocab.txt",
            ])
        let card = try harness.read("mean-st/README.md")
        #expect(card.contains("library_name: sentence-transformers") && card.contains("SentenceTransformer(\"./\")"))
        let configuration = try JSON.parse(readFile(folder + "/config.json"))
        #expect(configuration["architectures"]?.array == [.string("BertModel")])
        #expect(configuration["id2label"]?["0"]?.string == "negative" && configuration["classifier_pooling"] == nil)

        let vector = try harness.zoo("embed", folder, "a good day", "--no-normalize", "--json").data("embed")
        let answer = try harness.zoo("predict", "mean", "a good day", "--json").data("predict")
        let logits = try #require(vector["embeddings"]?.array?.first?["embedding"]?.array).compactMap(\.number)
        let best = try #require(answer["predictions"]?.array?.first)
        #expect(logits.count == 2)
        let powers = logits.map { exp($0) }
        let place = logits[0] > logits[1] ? 0 : 1
        #expect(best["label"]?.string == configuration["id2label"]?["\(place)"]?.string)
        #expect(abs((best["probability"]?.number ?? 0) - powers[place] / powers.reduce(0, +)) < 1e-5)

        #expect(harness.zoo("export", "mood", "--format", "sentence-transformers", "-o", harness.file("b")).code == 2)
        #expect(harness.zoo("export", "tiny", "--format", "sentence-transformers", "-o", harness.file("b")).code == 2)
        #expect(fileKind(harness.file("b")) == nil)
    }

    @Test("upstream's models keep what they have: no card is made for them")
    func noCard() throws {
        #expect(harness.zoo("export", "tiny", "--format", "hf", "-o", harness.file("hf")).code == 0)
        #expect(try folderEntries(harness.file("hf")) == ["LICENSE", "config.json", "model.safetensors", "vocab.txt"])
    }

    @Test("text from data and files is harmless in a card")
    func hostile() throws {
        var manifest = Manifest(name: "x", family: "bert", task: "text-classification")
        manifest.labels = ["a`b``c", "<script>alert(1)</script>", "---\nlicense: x"]
        manifest.licence = "yes"
        manifest.source = "a: b/c"
        manifest.metrics = ["te|st": .object(["a|b": .number(0.5)])]
        let card = ModelCard(manifest, kind: .text).text
        #expect(card.contains("```a`b``c```") || card.contains("``` a`b``c ```"))
        #expect(card.contains("license: \"yes\"") && !card.contains("\n---\nlicense"))
        #expect(card.contains("`<script>alert(1)</script>`") && card.contains("| te\\|st |"))
        #expect(!card.contains("base_model"))
        manifest.source = "org/name"
        #expect(ModelCard(manifest, kind: .text).text.contains("base_model: org/name\n"))
        let image = ModelCard(
            Manifest(name: "y", family: "vit", task: "image-classification"), kind: .image,
            form: .transformers(obstacle: "its ViT has *stars*")
        ).text
        #expect(image.contains("zoo predict ./ photo.jpg") && image.contains("cannot open this folder: its ViT has \\*stars\\*"))
    }

    @Test("half precision in the base, single precision in the result, and the configuration says so")
    func precision() throws {
        try harness.write(
            "tiny/config.json",
            TinyModel.configuration.replacing(
                "{\"model_type\"", with: "{\"dtype\": \"float16\", \"torch_dtype\": \"bfloat16\", \"model_type\""))
        #expect(
            harness.zoo("finetune", harness.file("tiny"), "--train", harness.file("train.csv"), "--out", "half", "--epochs", "1").code == 0)
        #expect(harness.zoo("export", "half", "--format", "hf", "-o", harness.file("half")).code == 0)
        let configuration = try JSON.parse(readFile(harness.file("half/config.json")))
        #expect(configuration["dtype"]?.string == "float32" && configuration["torch_dtype"]?.string == "float32")
        let checkpoint = try Checkpoint(harness.file("half/model.safetensors"))
        for name in checkpoint.names { #expect(try checkpoint.dtype(of: name) == .float32) }
        // A base that says nothing is left saying nothing.
        #expect(harness.zoo("export", "mood", "--format", "hf", "-o", harness.file("full")).code == 0)
        #expect(try JSON.parse(readFile(harness.file("full/config.json")))["dtype"] == nil)
    }

    @Test("the same model under two names: the digests differ, the content does not")
    func content() throws {
        #expect(harness.zoo("import", harness.file("tiny"), "--as", "other").code == 0)
        let models = try ["tiny", "other"].map { try harness.zoo("show", $0, "--json").data("show") }
        #expect(models[0]["digest"] != models[1]["digest"] && models[0]["content"] == models[1]["content"])
        let same = harness.zoo("diff", "tiny", "other")
        #expect(same.code == 0 && same.output.contains("the same content, packed under two names"), "\(same.output)")
        #expect(try harness.zoo("diff", "tiny", "other", "--json").data("diff")["same_content"] == .bool(true))
        #expect(try harness.zoo("diff", "tiny", "mood", "--json").data("diff")["same_content"] == .bool(false))
    }
}
