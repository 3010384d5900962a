import ModelZoo
import Testing
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct ImporterTests {
    private func importIt(
        _ scratch: Scratch, _ path: String, as name: String? = nil, inside: String? = nil
    ) throws -> ImportResult {
        try Importer(store: scratch.store()).importModel(path, as: name, inside: inside, family: { ($0["model_type"]?.string ?? "?", $0) })
    }

    /// Checks that an import fails so and that nothing is changed.
    private func fails(
        _ scratch: Scratch, _ path: String, inside: String? = nil, _ code: String, exit: ExitCode = .format, _ parts: String...,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        try scratch.store().add(Manifest(name: "other", family: "bert", task: "features"), files: [])
        let before = try Scratch.tree(scratch.path)
        let error = failure({ _ = try importIt(scratch, path, inside: inside) }, at: location)
        let text = error.map { "\($0) \($0.hint ?? "")" } ?? ""
        #expect(error?.code == code, "\(text)", sourceLocation: location)
        #expect(error?.exitCode == exit, sourceLocation: location)
        for part in parts { #expect(text.contains(part), "\(text)", sourceLocation: location) }
        #expect(try Scratch.tree(scratch.path) == before, sourceLocation: location)
    }

    /// A tar archive of a folder's files.
    private func tar(_ folder: String, under prefix: String) throws -> TarBuilder {
        var tar = TarBuilder()
        for name in try folderEntries(folder) { tar.add(prefix + name, try readFile(folder + "/" + name)) }
        return tar
    }

    @Test("a folder: allowed files in fixed order, the rest ignored")
    func folder() throws {
        let scratch = try Scratch()
        let configuration = """
            {"model_type": "bert", "architectures": ["BertForSequenceClassification"], "id2label": {"1": "good", "0": "bad"}}
            """
        let folder = try scratch.modelFolder("My Model!", configuration: configuration)
        for name in ["run.py", "pytorch_model.bin", "tf_model.h5", ".gitattributes", "onnx/model.onnx"] {
            try scratch.write("My Model!/" + name, "x")
        }
        try scratch.write("My Model!/README.md", "---\ntags:\n- a\nlicense: \"apache-2.0\"\n---\n# x\n")
        try scratch.write("My Model!/1_Pooling/config.json", "{}")
        let result = try importIt(scratch, folder)
        let manifest = result.model.manifest
        #expect(result.model.reference.description == "My-Model")
        #expect(manifest.files.map(\.name) == ["config.json", "1_Pooling/config.json", "README.md", "vocab.txt", "model.safetensors"])
        #expect(result.ignored == [".gitattributes", "pytorch_model.bin", "run.py", "tf_model.h5"])
        #expect(manifest.family == "bert" && manifest.task == "text-classification" && manifest.labels == ["bad", "good"])
        #expect(manifest.licence == "apache-2.0" && manifest.source == nil)
        #expect(try importIt(scratch, folder + "/").model.digest == result.model.digest)
        #expect(try importIt(scratch, folder, as: "b").model.reference.name == "b")
        #expect(failure { _ = try importIt(scratch, folder, as: "../b") }?.exitCode == .usage)
        #expect(try readFile(result.model.path(of: "model.safetensors")) == Scratch.safetensors)
    }

    @Test("folders of sentence-transformers: the transformer's own, modules by the list's paths, and a trainer's checkpoints beside")
    func modules() throws {
        let scratch = try Scratch()
        let list =
            #"[{"type": "sentence_transformers.models.Transformer", "path": "0_Transformer"}, {"type": "x.Pooling", "path": "summary"}]"#
        try scratch.write("m/modules.json", list)
        _ = try scratch.modelFolder("m/0_Transformer")
        try scratch.write("m/summary/config.json", "{}")
        try scratch.write("m/1_Pooling/config.json", "{}")
        try scratch.write("m/config.json", #"{"__version__": "0.3"}"#)
        let expected = ["config.json", "0_Transformer/config.json", "0_Transformer/vocab.txt", "modules.json", "summary/config.json"]
        let result = try importIt(scratch, scratch.path + "/m")
        #expect(result.model.manifest.files.map(\.name) == expected + ["0_Transformer/model.safetensors"])
        #expect(result.model.manifest.family == "bert")
        let assets = try Assets(result.model)
        #expect(assets.transformerFolder == "0_Transformer" && assets.label("config.json").hasSuffix("/0_Transformer/config.json"))
        #expect(try assets.json("config.json")["model_type"]?.string == "bert" && assets.contains("model.safetensors"))
        // In an archive, whatever it lies in.
        var tar = TarBuilder()
        for file in expected + ["0_Transformer/model.safetensors", "1_Pooling/config.json"] {
            tar.add("a/b/" + file, try readFile(scratch.path + "/m/" + file))
        }
        let archive = try scratch.write("m.tar", tar.finished())
        #expect(try importIt(scratch, archive).model.manifest.files == result.model.manifest.files)
        // Folders that are no modules are models of their own.
        _ = try scratch.modelFolder("m/checkpoint-5")
        try scratch.write("m/checkpoint-5/modules.json", "[]")
        #expect(try importIt(scratch, scratch.path + "/m", inside: "checkpoint-5").model.manifest.files.count == 4)
    }

    @Test("an archive holds the folder somewhere")
    func archive() throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        try scratch.write("tiny/LICENSE", "Apache License\nVersion 2.0, January 2004\n")
        var tar = try tar(folder, under: "./package/model/")
        tar.add("package/code.py", Array("x".utf8))
        let file = try scratch.write("tiny-1.0.tar", tar.finished())
        let result = try importIt(scratch, file)
        #expect(result.model.reference.name == "tiny-1.0" && result.model.manifest.source == "tiny-1.0.tar")
        #expect(result.model.manifest.licence == "apache-2.0")
        let direct = try importIt(scratch, folder)
        #expect(result.model.manifest.files == direct.model.manifest.files)
    }

    @Test("a Python wheel holds the folder somewhere")
    func wheel() throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        var zip = ZipBuilder()
        zip.add("tiny_model/__init__.py", Array("import os\n".utf8))
        for name in try folderEntries(folder) { zip.add("tiny_model/model/" + name, try readFile(folder + "/" + name)) }
        zip.add("tiny_model-0.1.dist-info/METADATA", Array("x".utf8))
        let file = try scratch.write("tiny_model-0.1-py3-none-any.whl", zip.finished())
        let result = try importIt(scratch, file)
        #expect(result.model.reference.name == "tiny_model" && result.ignored.isEmpty)
        #expect(try result.model.manifest.files == importIt(scratch, folder).model.manifest.files)
        // A zip file is no bundle, whatever its name.
        try fails(scratch, try scratch.write("tiny.zoo", zip.finished()), "bundle.format", "zip")
    }

    @Test("A46 zip with a wrong checksum, encrypted, cut")
    func hostileZip() throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        for (part, breakChecksum, flags) in [("CRC", true, 0), ("encrypted", false, 1)] {
            var zip = ZipBuilder()
            zip.add("m/config.json", try readFile(folder + "/config.json"))
            zip.add("m/model.safetensors", Scratch.safetensors, breakChecksum: breakChecksum, flags: flags)
            let file = try scratch.write("h.zip", zip.finished())
            try fails(scratch, file, breakChecksum ? "bundle.damaged" : "import.entry_kind", "m/model.safetensors", part)
        }
        var zip = ZipBuilder()
        for name in try folderEntries(folder) { zip.add("m/" + name, try readFile(folder + "/" + name)) }
        let whole = zip.finished()
        for count in stride(from: 0, to: whole.count, by: 13) {
            let file = try scratch.write("h.zip", whole[..<count])
            let before = try Scratch.tree(scratch.path + "/store")
            #expect(failure { _ = try importIt(scratch, file) }?.exitCode == .format, "cut at \(count)")
            #expect(try Scratch.tree(scratch.path + "/store") == before)
        }
    }

    @Test("A46 zip that was written as a stream, with checksums and sizes behind the contents")
    func streamedZip() throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        var zip = ZipBuilder()
        for name in try folderEntries(folder) { zip.add("m/" + name, try readFile(folder + "/" + name), flags: 8) }
        let result = try importIt(scratch, try scratch.write("streamed.zip", zip.finished()))
        #expect(try result.model.manifest.files == importIt(scratch, folder).model.manifest.files)
    }

    @Test("A46 zip whose names differ: the one before the content counts, with all rules")
    func zipNames() throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        let expected = try importIt(scratch, folder).model.manifest.files
        for other in ["../../etc/passwd", "/etc/passwd", "m/model.safetensors", "m/setup.py"] {
            var zip = ZipBuilder()
            for name in try folderEntries(folder) {
                zip.add("m/" + name, try readFile(folder + "/" + name), localName: name == "config.json" ? other : nil)
            }
            let file = try scratch.write("names.zip", zip.finished())
            let before = try Scratch.tree(scratch.path)
            #expect(failure { _ = try importIt(scratch, file) } != nil, "\(other)")
            #expect(try Scratch.tree(scratch.path) == before)
            zip = ZipBuilder()
            for name in try folderEntries(folder) {
                zip.add(name == "config.json" ? other : "m/" + name, try readFile(folder + "/" + name), localName: "m/" + name)
            }
            #expect(try importIt(scratch, try scratch.write("names.zip", zip.finished())).model.manifest.files == expected, "\(other)")
        }
    }

    @Test("A46 zip64 that lies about a size", arguments: [5, 1 << 33, 1 << 40, 1 << 62, -1])
    func lyingZip(size: Int) throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        var zip = ZipBuilder()
        for name in try folderEntries(folder) {
            zip.add("m/" + name, try readFile(folder + "/" + name), zip64: name == "model.safetensors" ? size : nil)
        }
        try fails(scratch, try scratch.write("lies.zip", zip.finished()), "bundle.damaged")
    }

    @Test("A46 zip with entries in one place")
    func overlappingZip() throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        var zip = ZipBuilder()
        for name in try folderEntries(folder) { zip.add("m/" + name, try readFile(folder + "/" + name), offset: 0) }
        let file = try scratch.write("overlap.zip", zip.finished())
        let before = try Scratch.tree(scratch.path)
        let error = failure { _ = try importIt(scratch, file) }
        #expect(error != nil && error?.exitCode != .internalError, "\(error.map { "\($0)" } ?? "")")
        #expect(try Scratch.tree(scratch.path) == before)
    }

    @Test("A31 gzip bomb among what is not taken: stops before it is read", .timeLimit(.minutes(1)))
    func bomb() throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        var archive = try tar(folder, under: "m/")
        archive.add(Array("m/run.py".utf8), size: 2 << 30)
        // The content is missing: nobody gets that far.
        let path = try scratch.write("bomb.tar.gz", gzipped(archive.bytes))
        try fails(scratch, path, "bundle.limit", "m/run.py", "\(1 << 30)")
    }

    @Test("several models: --inside chooses; one that holds the others is taken")
    func several() throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        var archive = try tar(folder, under: "a/")
        for name in try folderEntries(folder) { archive.add("b/c/" + name, try readFile(folder + "/" + name)) }
        let file = try scratch.write("two.tar", archive.finished())
        try fails(scratch, file, "import.several_models", exit: .usage, "\"a\", \"b/c\"", "--inside")
        try fails(scratch, file, inside: "x", "import.no_folder", exit: .notFound, "\"x\"", "\"b/c\"")
        #expect(try importIt(scratch, file, inside: "./b/c/").model.manifest.files.count == 3)
        _ = try scratch.modelFolder("tiny/checkpoint-5")
        #expect(try importIt(scratch, folder).model.manifest.files.count == 3)
        #expect(try importIt(scratch, folder, as: "five", inside: "checkpoint-5").model.reference.name == "five")
    }

    @Test("C16 weights in a pickle only are refused")
    func pickle() throws {
        let scratch = try Scratch()
        try scratch.write("p/config.json", "{}")
        try scratch.write("p/pytorch_model.bin", [0x80, 0x02, 0x2e])
        try fails(
            scratch, scratch.path + "/p", "import.pickle", exit: .refused, "pytorch_model.bin", "pickle", "can run any code", "safetensors")
        let file = try scratch.write("p.tar", tar(scratch.path + "/p", under: "m/").finished())
        try fails(scratch, file, "import.pickle", exit: .refused, "m/pytorch_model.bin")
    }

    @Test("C15 a pickle or zip under the name of weights")
    func disguised() throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        try scratch.write("tiny/model.safetensors", [0x50, 0x4b, 0x03, 0x04, 0x14, 0, 0, 0, 8, 0])
        try fails(scratch, folder, "bundle.content", "model.safetensors", "zip")
        try scratch.write("tiny/model.safetensors", Scratch.safetensors.dropLast(2))
        let error = failure { _ = try importIt(scratch, folder) }
        #expect(error?.exitCode == .format && error?.place == Place(file: folder, entry: "model.safetensors"))
        #expect(error?.code.hasPrefix("format.") == true)
    }

    @Test("no model, no such path, not an archive")
    func nothing() throws {
        let scratch = try Scratch()
        try scratch.write("e/notes.txt", "x")
        try fails(scratch, scratch.path + "/e", "import.no_model", "config.json", "notes.txt")
        try fails(scratch, scratch.path + "/none", "file.not_found", exit: .notFound)
        try fails(scratch, try scratch.write("notes.txt", String(repeating: "x", count: 2000)), "bundle.format", "tar")
        try fails(scratch, try scratch.write("w.safetensors", Scratch.safetensors), "import.not_a_model", exit: .usage, "folder")
        mkfifo(scratch.path + "/fifo", 0o644)
        try fails(scratch, scratch.path + "/fifo", "file.not_a_file", exit: .usage, "FIFO")
    }

    @Test(
        "configuration that is no JSON object, labels with gaps",
        arguments: [
            ("{", "expected"), ("[]", "object"),
            (#"{"architectures": ["XForSequenceClassification"], "id2label": {"0": "a", "2": "b"}}"#, "id2label"),
            (#"{"architectures": ["XForSequenceClassification"], "id2label": {"0": null}}"#, "id2label"),
        ])
    func configuration(text: String, part: String) throws {
        let scratch = try Scratch()
        try fails(scratch, try scratch.modelFolder(configuration: text), "import.configuration", "config.json", part)
    }

    @Test("A54 links that lead out of the folder, and hard links")
    func links() throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        let secret = try scratch.write("secret", "secret")
        symlink("../secret", folder + "/README.md")
        try fails(scratch, folder, "import.link", "README.md", "outside")
        unlink(folder + "/README.md")
        symlink("nowhere", folder + "/README.md")
        try fails(scratch, folder, "import.link", "README.md", "does not exist")
        unlink(folder + "/README.md")
        link(secret, folder + "/README.md")
        try fails(scratch, folder, "import.link", "README.md", "2 names")
        unlink(folder + "/README.md")
        mkfifo(folder + "/README.md", 0o644)
        try fails(scratch, folder, "import.entry_kind", "README.md", "FIFO")
        unlink(folder + "/README.md")
        symlink("vocab.txt", folder + "/README.md")
        #expect(try importIt(scratch, folder).model.hasFile("README.md"))
    }

    @Test("a folder of the Hugging Face cache")
    func cache() throws {
        let scratch = try Scratch()
        let base = "hub/models--org--tiny-model"
        for (name, content) in [("config.json", Array(#"{"model_type": "bert"}"#.utf8)), ("model.safetensors", Scratch.safetensors)] {
            try scratch.write("\(base)/blobs/\(name)-hash", content)
            try makeFolders("\(scratch.path)/\(base)/snapshots/0123abc")
            symlink("../../blobs/\(name)-hash", "\(scratch.path)/\(base)/snapshots/0123abc/\(name)")
        }
        let model = try importIt(scratch, "\(scratch.path)/\(base)/snapshots/0123abc").model
        #expect(model.reference.name == "tiny-model" && model.manifest.source == "org/tiny-model" && model.manifest.revision == "0123abc")
    }

    @Test("S35 shards and their index")
    func shards() throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
        unlink(folder + "/model.safetensors")
        for name in names { try scratch.write("tiny/" + name, Scratch.safetensors) }
        try fails(scratch, folder, "import.shards", "index", "missing")
        let index = "tiny/model.safetensors.index.json"
        for name in ["../x", "/etc/passwd", "C:\\\\x", "model.bin", "model-00003-of-00002.safetensors"] {
            try scratch.write(index, #"{"weight_map": {"a": "\#(name)", "b": "\#(names[0])", "c": "\#(names[1])"}}"#)
            try fails(scratch, folder, "import.shards", "index.json")
        }
        try scratch.write(index, #"{"weight_map": {"a": "\#(names[0])"}}"#)
        try fails(scratch, folder, "import.shards", names[1], "not in the index")
        try scratch.write(index, #"{"weight_map": {"a": "\#(names[0])", "b": "\#(names[1])"}}"#)
        #expect(try importIt(scratch, folder).model.manifest.files.last?.name == names[1])
    }

    @Test("A1 A4 A9 A19 foreign archives with hostile entries")
    func hostile() throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        for (name, part) in [("../x", ".."), ("m/../../x", ".."), ("/x", "absolute")] {
            var archive = try tar(folder, under: "m/")
            archive.add(name, [1])
            try fails(scratch, try scratch.write("h.tar", archive.finished()), "import.entry_name", part)
        }
        var duplicate = try tar(folder, under: "m/")
        duplicate.add("m/vocab.txt", [1])
        try fails(scratch, try scratch.write("h.tar", duplicate.finished()), "import.duplicate_entry", "m/vocab.txt")
        var link = try tar(folder, under: "m/")
        link.add("m/README.md", type: "2", link: "/etc/passwd")
        try fails(scratch, try scratch.write("h.tar", link.finished()), "import.entry_kind", "m/README.md", "symbolic link")
    }

    @Test("a manifest can be refused before anything is installed")
    func refused() throws {
        let scratch = try Scratch()
        let folder = try scratch.modelFolder()
        struct Unknown: Error {}
        let store = try scratch.store()
        #expect(throws: Unknown.self) {
            try Importer(store: store, checkManifest: { _ in throw Unknown() }).importModel(folder, family: { ("x", $0) })
        }
        #expect(throws: Unknown.self) { try Importer(store: store).importModel(folder, family: { _ in throw Unknown() }) }
        #expect(try Scratch.tree(store.home).allSatisfy { !$0.hasPrefix("blobs/sha256/") || $0 == "blobs/sha256/" })
    }
}
