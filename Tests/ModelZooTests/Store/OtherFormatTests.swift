import ModelZoo
import Testing
import ZooTensor

/// Files that are not what their names say, told by what they are.
@Suite("Files of other formats")
struct OtherFormatTests {
    private static let pointer = """
        version https://git-lfs.github.com/spec/v1
        oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
        size 133466304

        """

    /// What `torch.save` writes: a zip archive, its entries below a folder and not compressed.
    private static let torchSave: [UInt8] = {
        var zip = ZipBuilder()
        zip.add("pytorch_model/data.pkl", [0x80, 0x02, 0x7D, 0x2E])
        zip.add("pytorch_model/version", Array("3\n".utf8))
        return zip.finished()
    }()

    private func importIt(_ scratch: Scratch, _ path: String) throws {
        _ = try Importer(store: scratch.store()).importModel(path, as: "x", family: { ($0["model_type"]?.string ?? "?", $0) })
    }

    private func expect(
        _ code: String, _ exit: ExitCode = .format, _ parts: String..., from body: () throws -> Void,
        at location: SourceLocation = #_sourceLocation
    ) {
        let error = failure(body, at: location)
        #expect(error?.code == code && error?.exitCode == exit, "\(error.map { "\($0)" } ?? "")", sourceLocation: location)
        for part in parts {
            #expect(
                "\(error.map { "\($0) \($0.hint ?? "")" } ?? "")".contains(part), "\(error.map { "\($0)" } ?? "")", sourceLocation: location
            )
        }
    }

    @Test(
        "a pointer of Git LFS is named, with the command that fetches the file",
        arguments: ["model.safetensors", "config.json", "vocab.txt", "README.md"])
    func pointers(name: String) throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        try scratch.write("tiny/" + name, Self.pointer)
        let assets = try Assets(folder: folder)
        expect("file.lfs_pointer", .format, name, "Git LFS", "git lfs pull") { _ = try assets.bytes(name) }
        expect("file.lfs_pointer", .format, name, "git lfs pull") { try importIt(scratch, folder) }
        // In an archive, as a web site makes one of a repository.
        var tar = TarBuilder()
        for file in try folderEntries(folder) {
            let bytes = file == name ? Array(Self.pointer.utf8) : try readFile(folder + "/" + file)
            tar.add("x/" + file, bytes)
        }
        let archive = try scratch.write("x.tar", tar.finished())
        expect("bundle.content", .format, name, "git lfs pull") { try importIt(scratch, archive) }
    }

    @Test("a pointer in place of weights, images and tables")
    func otherPointers() throws {
        let scratch = try Scratch()
        let weights = try scratch.write("model.safetensors", Self.pointer)
        expect("file.lfs_pointer", .format, "git lfs pull") { _ = try Checkpoint(weights) }
        let image = try scratch.write("a.png", Self.pointer)
        #expect(failure { _ = try ImageSource(file: image).decoded() }?.description.contains("git lfs pull") == true)
        let table = try scratch.write("a.csv", Self.pointer)
        #expect(failure { _ = try TableReader(table) }?.description.contains("git lfs pull") == true)
        // Text that speaks of it is text.
        let text = try scratch.write("a.txt", "see version https://git-lfs.github.com/spec/v1" + String(repeating: " ", count: 80))
        #expect(try readFile(text).count > 80)
    }

    @Test("a file of torch.save is a pickle, by whatever name, and the way to convert it is told")
    func torch() throws {
        let scratch = try Scratch()
        for name in ["model.pt", "model.zip", "weights"] {
            let path = try scratch.write(name, Self.torchSave)
            expect("import.other_format", .refused, "PyTorch pickle", "weights_only=True", "safetensors.torch.save_file") {
                try importIt(scratch, path)
            }
        }
        let old = try scratch.write("old.pth", [0x80, 0x02, 0x8A, 0x0A, 0x6C])
        expect("import.other_format", .refused, "a Python pickle") { try importIt(scratch, old) }
        // As weights under the name of safetensors.
        let folder = try scratch.modelFolder()
        try scratch.write("tiny/model.safetensors", Self.torchSave)
        expect("format.other", .format, "PyTorch pickle") { _ = try Checkpoint(folder: folder) }
        expect("bundle.content", .format, "PyTorch pickle") { try importIt(scratch, folder) }
    }

    @Test(
        "weights of other programs are named",
        arguments: [
            ("x.gguf", Array("GGUF".utf8) + [3, 0, 0, 0], "a GGUF file"),
            ("x.h5", [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "an HDF5 file"),
            ("x.onnx", [0x08, 0x07, 0x12, 0x07] + Array("pytorch".utf8), "an ONNX model"),
            ("x.tflite", [0x1C, 0, 0, 0] + Array("TFL3".utf8), "a TensorFlow Lite model"),
        ] as [(String, [UInt8], String)])
    func others(name: String, bytes: [UInt8], kind: String) throws {
        let scratch = try Scratch()
        let path = try scratch.write(name, bytes + [UInt8](repeating: 0, count: 64))
        expect("import.other_format", .format, kind, "safetensors") { try importIt(scratch, path) }
        let weights = try scratch.write("model.safetensors", bytes + [UInt8](repeating: 0x40, count: 64))
        expect("format.other", .format, kind) { _ = try Checkpoint(weights) }
    }

    @Test("a folder with other weights alone", arguments: ["tf_model.h5", "flax_model.msgpack", "model.gguf", "model.onnx"])
    func folders(name: String) throws {
        let scratch = try Scratch()
        try scratch.write("m/config.json", #"{"model_type": "bert"}"#)
        try scratch.write("m/" + name, "x")
        expect("import.other_format", .format, name, "safetensors") { try importIt(scratch, scratch.path + "/m") }
    }

    @Test("what Python writes for numbers that are none is read where nobody asks for it, and refused where somebody does")
    func notNumbers() throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder(
            configuration: #"{"model_type": "bert", "a": NaN, "b": [Infinity, -Infinity], "layer_norm_eps": NaN}"#)
        let document = try Assets(folder: folder).json("config.json")
        #expect(document["a"]?.number?.isNaN == true && document["b"] == .array([.number(.infinity), .number(-.infinity)]))
        let reader = try ConfigurationReader(document, file: "config.json")
        expect("model.configuration", .format, "layer_norm_eps", "NaN") { _ = try reader.number("layer_norm_eps", in: 0...1) }
        #expect(throws: Never.self) { try importIt(scratch, folder) }
        // It goes out as it came.
        let text = String(decoding: document.serialized(bareNonFinite: true), as: UTF8.self)
        #expect(text == #"{"model_type":"bert","a":NaN,"b":[Infinity,-Infinity],"layer_norm_eps":NaN}"#)
        // Nowhere else.
        #expect(throws: JSONError.self) { try JSON.parse(Array("NaN".utf8)) }
        #expect(throws: JSONError.self) { try JSON.parse(Array("-Infinity".utf8)) }
        #expect(throws: JSONError.self) { try JSON.parse(Array("[Nan]".utf8), limits: JSONLimits(allowsNonFinite: true)) }
        try scratch.write("tiny/tokenizer.json", "{\"a\": NaN}")
        #expect(throws: JSONError.self) { try Assets(folder: folder).json("tokenizer.json") }
    }
}
