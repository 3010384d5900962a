import Testing
import ZooTensor

@Suite("Checkpoint")
struct CheckpointTests {
    /// Writes two shards, and an index with this weight map.
    private func folder(_ map: [(String, String)], names: (String, String) = ("a.safetensors", "b.safetensors")) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try SafetensorsWriter.write([("x", Tensor([1, 2], [2])), ("y", Tensor([3], [1]))], to: folder.file(names.0))
        try SafetensorsWriter.write([("z", Tensor([4, 5, 6], [3, 1]))], to: folder.file(names.1))
        let pairs = map.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",")
        try folder.write(Checkpoint.indexName, Array("{\"metadata\":{\"total_size\":24},\"weight_map\":{\(pairs)}}".utf8))
        return folder
    }

    private let good = [("z", "b.safetensors"), ("x", "a.safetensors"), ("y", "a.safetensors")]

    @Test("a set of files with an index", arguments: [SafetensorsFile.Access.copied, .mapped])
    func sharded(access: SafetensorsFile.Access) throws {
        let folder = try folder(good)
        let checkpoint = try Checkpoint(folder: folder.path, access: access)
        #expect(checkpoint.names == ["x", "y", "z"])
        #expect(checkpoint.files.count == 2)
        #expect(try checkpoint.shape(of: "z") == [3, 1])
        #expect(try checkpoint.dtype(of: "z") == .float32)
        #expect(try checkpoint.tensor("x").elements == [1, 2])
        #expect(try checkpoint.tensor("z").elements == [4, 5, 6])
        #expect(checkpoint.contains("y") && !checkpoint.contains("w"))
        #expect(try checkpoint.nonFiniteValues().isEmpty)
    }

    @Test("files under other paths")
    func otherPaths() throws {
        let folder = try folder(good, names: ("blob1", "blob2"))
        let checkpoint = try Checkpoint(files: [
            Checkpoint.indexName: folder.file(Checkpoint.indexName), "a.safetensors": folder.file("blob1"),
            "b.safetensors": folder.file("blob2"), "other.txt": "/nowhere",
        ])
        #expect(try checkpoint.tensor("y").elements == [3])
    }

    @Test("one file comes before an index")
    func singleFile() throws {
        let folder = try folder([("q", "nothing.safetensors")])
        try SafetensorsWriter.write([("only", Tensor([9], [1]))], to: folder.file(Checkpoint.fileName))
        #expect(try Checkpoint(folder: folder.path).names == ["only"])
    }

    @Test("neither file nor index")
    func nothing() throws {
        let folder = try TemporaryFolder()
        try folder.write("pytorch_model.bin", [])
        let error = zooError { _ = try Checkpoint(folder: folder.path) }
        expect(error, code: "format.no_checkpoint", file: folder.path, ["expected model.safetensors or", "found \"pytorch_model.bin\""])
    }

    @Test(
        "S35 index with a name that is not a plain one of a safetensors file",
        arguments: [
            "../x.safetensors", "../x", "/etc/passwd", "/x.safetensors", "C:\\\\x.safetensors", "C:x.safetensors",
            "\\\\\\\\srv\\\\x.safetensors", "model.bin", "sub/x.safetensors", "", ".safetensors", "..safetensors", "a.safetensors\\u0000",
            "a\\n.safetensors", "a.SAFETENSORS", "a.safetensors/",
        ])
    func shardName(name: String) throws {
        let folder = try folder([("x", name)])
        let error = zooError { _ = try Checkpoint(folder: folder.path) }
        expect(
            error, code: "format.shard_name", file: folder.file(Checkpoint.indexName), entry: "x",
            ["expected the plain name of a .safetensors file", "found \""])
    }

    @Test("S35 missing shard")
    func missingShard() throws {
        let folder = try folder(good + [("w", "c.safetensors")])
        let error = zooError { _ = try Checkpoint(folder: folder.path) }
        expect(
            error, code: "format.missing_shard", file: folder.file(Checkpoint.indexName), entry: "c.safetensors",
            ["\"c.safetensors\" is missing", "available: \"a.safetensors\", \"b.safetensors\""])
    }

    @Test("S35 tensor in two shards")
    func twoShards() throws {
        let folder = try folder(good)
        try SafetensorsWriter.write([("z", Tensor([4], [1])), ("x", Tensor([7], [1]))], to: folder.file("b.safetensors"))
        let error = zooError { _ = try Checkpoint(folder: folder.path) }
        expect(
            error, code: "format.tensor_in_two_shards", file: folder.file(Checkpoint.indexName), entry: "x",
            ["\"a.safetensors\"", "\"b.safetensors\""])
    }

    @Test("S35 tensor listed twice")
    func listedTwice() throws {
        let folder = try folder(good + [("x", "b.safetensors")])
        let error = zooError { _ = try Checkpoint(folder: folder.path) }
        expect(error, code: "format.json_duplicate_key", file: folder.file(Checkpoint.indexName), entry: "x", ["the index", "twice"])
    }

    @Test("S35 tensor that its shard does not hold")
    func notInShard() throws {
        for shard in ["a.safetensors", "b.safetensors"] {
            let folder = try folder(good + [("w", shard)])
            let error = zooError { _ = try Checkpoint(folder: folder.path) }
            expect(
                error, code: "format.tensor_not_in_shard", file: folder.file(Checkpoint.indexName), entry: "w",
                ["expected", "\"\(shard)\""])
        }
        let moved = try folder([("z", "a.safetensors"), ("x", "b.safetensors"), ("y", "a.safetensors")])
        let error = zooError { _ = try Checkpoint(folder: moved.path) }
        expect(
            error, code: "format.tensor_not_in_shard", file: moved.file(Checkpoint.indexName), entry: "z",
            ["expected", "\"a.safetensors\""])
    }

    @Test("S35 tensor that the index does not list")
    func notIndexed() throws {
        let folder = try folder(Array(good.dropLast()))
        let error = zooError { _ = try Checkpoint(folder: folder.path) }
        expect(
            error, code: "format.tensor_not_indexed", file: folder.file(Checkpoint.indexName), entry: "y", ["\"a.safetensors\" holds"])
    }

    @Test(
        "S35 index of another form",
        arguments: [
            ("{}", "format.index_type", "found nothing"), ("[]", "format.index_type", "found nothing"),
            ("{\"weight_map\":[]}", "format.index_type", "found an empty array"),
            ("{\"weight_map\":{\"x\":1}}", "format.index_type", "found 1"), ("{", "format.json_syntax", "the index is not valid JSON"),
        ])
    func indexForm(text: String, code: String, part: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Checkpoint.indexName, Array(text.utf8))
        expect(zooError { _ = try Checkpoint(folder: folder.path) }, code: code, file: path, ["expected", part])
    }

    @Test("S35 damaged shard is named")
    func damagedShard() throws {
        let folder = try folder(good)
        try folder.cut("b.safetensors", to: 100)
        let error = zooError { _ = try Checkpoint(folder: folder.path) }
        #expect(error?.place?.file == folder.file("b.safetensors"))
        #expect(error?.exitCode == .format)
    }
}
