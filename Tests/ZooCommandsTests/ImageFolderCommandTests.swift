import ModelZoo
import Testing
import ZooTensor
import ZooTesting
import ZooViT

@Suite("Commands on folders of images")
struct ImageFolderCommandTests {
    let harness: Harness

    init() throws {
        harness = try Harness()
        let configuration: JSONObject = [
            "model_type": .string("vit"), "image_size": .integer(16), "patch_size": .integer(8), "hidden_size": .integer(16),
            "num_hidden_layers": .integer(1), "num_attention_heads": .integer(2), "intermediate_size": .integer(32),
        ]
        try RandomModel.write(ViT.self, configuration: .object(configuration), labels: ["x", "y"], to: harness.file("tiny"))
    }

    private func picture(_ name: String, _ value: UInt8 = 50) throws {
        let image = PixelImage(width: 8, height: 8, pixels: [UInt8](repeating: value, count: 3 * 64))
        try makeFolders(harness.file(name.split(separator: "/").dropLast().joined(separator: "/")))
        try writeFile(harness.file(name), ImageDecoder.png(image))
    }

    @Test("images in upper-case names are read; formats that are not are told by number and type")
    func otherFormats() throws {
        for name in ["a.PNG", "b.JPG", "sub/c.Jpeg"] { try picture("mixed/" + name) }
        for name in ["d.heic", "e.HEIC", "f.gif", "g.bmp"] { try harness.write("mixed/" + name, "x") }
        let outcome = harness.zoo("predict", harness.file("tiny"), harness.file("mixed"), "--json")
        #expect(outcome.code == 0)
        let data = try outcome.data("predict")
        #expect(data["predictions"]?.array?.count == 3)
        let words = "4 images are of formats that are not read (2 files .heic, 1 file .bmp, 1 file .gif; only JPEG, PNG and WebP are)"
        #expect(outcome.errors.contains("note: \(words)"), "\(outcome.errors)")
        #expect(data["notes"]?.array?.contains { $0.string?.hasPrefix(words) == true } == true)
        #expect(harness.zoo("embed", harness.file("tiny"), harness.file("mixed")).errors.contains(words))
    }

    @Test("flags about tables are refused where there is none; images are not counted in tokens")
    func flags() throws {
        for number in 0..<4 {
            try picture("photos/x/\(number).png", UInt8(number))
            try picture("photos/y/\(number).png", UInt8(100 + number))
        }
        for flags in [["--label", "x"], ["--text", "x"], ["--no-header"], ["--delimiter", ";"], ["--encoding", "latin-1"]] {
            let outcome = harness.zoo(["finetune", harness.file("tiny"), "--train", harness.file("photos"), "--dry-run"] + flags)
            #expect(outcome.code == 2 && outcome.errors.contains(flags[0]), "\(outcome.errors)")
        }
        let plan = harness.zoo("finetune", harness.file("tiny"), "--train", harness.file("photos"), "--dry-run")
        #expect(plan.code == 0 && !plan.output.contains("token"), "\(plan.output)")
        #expect(harness.zoo("predict", harness.file("tiny"), harness.file("photos"), "--text-pair", "x").code == 2)
    }

    @Test("the other columns of a table of images are kept")
    func columns() throws {
        try picture("data/a.png", 10)
        try picture("data/b.png", 200)
        try harness.write("data/t.csv", "id,image\n7,a.png\n8,b.png\n")
        let outcome = harness.zoo("predict", harness.file("tiny"), "--file", harness.file("data/t.csv"), "-o", harness.file("out.csv"))
        #expect(outcome.code == 0, "\(outcome.errors)")
        let lines = try harness.read("out.csv").split(separator: "\n")
        #expect(lines[0] == "id,image,label,probability" && lines[1].hasPrefix("7,a.png,") && lines[2].hasPrefix("8,b.png,"))
    }
}
