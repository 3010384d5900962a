import Testing
import ZooTensor

@Suite("Safetensors writer")
struct SafetensorsWriterTests {
    @Test("the bytes of a small file")
    func layout() throws {
        let bytes = try SafetensorsWriter.encoded(
            [("b", Tensor([1], [1])), ("a", Tensor([2, -0.0], [2, 1]))], metadata: ["z": "1", "format": "pt"])
        let header =
            "{\"__metadata__\":{\"format\":\"pt\",\"z\":\"1\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}"
        #expect(header.utf8.count == 149)
        let data: [UInt8] = [0, 0, 0, 0x40, 0, 0, 0, 0x80, 0, 0, 0x80, 0x3f]
        #expect(bytes == [152, 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [0x20, 0x20, 0x20] + data)
    }

    @Test("the bytes that the reference implementation writes")
    func referenceBytes() throws {
        // Written by safetensors 0.8.0 from the same tensors.
        let header =
            "{\"a\\\"\\\\\\n\\u0001\u{7f}\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"s\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]},"
            + "\"\u{e9}\":{\"dtype\":\"F32\",\"shape\":[2,0],\"data_offsets\":[12,12]}}      "
        let data: [UInt8] = [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40]
        let tensors = [
            (name: "\u{e9}", tensor: Tensor([], [2, 0])), ("a\"\\\n\u{1}\u{7f}", Tensor([1, 2], [2])), ("s", Tensor([3], [])),
        ]
        #expect(try SafetensorsWriter.encoded(tensors) == [0xb8, 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + data)
    }

    @Test("no tensors and no metadata")
    func empty() throws {
        #expect(try SafetensorsWriter.encoded([]) == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
    }

    @Test("the order of tensors and metadata does not depend on that given")
    func deterministic() throws {
        let tensors = ["b", "a", "a.b", "B", "é", "e\u{301}", "a10", "a9"].enumerated().map { ($1, Tensor([Float($0)], [1])) }
        let metadata = Dictionary(uniqueKeysWithValues: (0..<50).map { ("key\($0)", "\($0)") })
        let first = try SafetensorsWriter.encoded(tensors, metadata: metadata)
        #expect(try SafetensorsWriter.encoded(tensors.reversed(), metadata: metadata) == first)
        let header = try first.withUnsafeBytes { try SafetensorsHeader($0, fileByteCount: first.count) }
        #expect(header.entries.map { Array($0.name.utf8) } == ["B", "a", "a.b", "a10", "a9", "b", "e\u{301}", "é"].map { Array($0.utf8) })
        #expect(header.dataOffset % 8 == 0)
    }

    @Test("what was written is read again", arguments: [SafetensorsFile.Access.copied, .mapped])
    func roundTrip(access: SafetensorsFile.Access) throws {
        var generator = SplitMix64(seed: 1)
        let folder = try TemporaryFolder()
        for round in 0..<20 {
            var tensors: [(name: String, tensor: Tensor)] = []
            for index in 0..<Int.random(in: 0...12, using: &generator) {
                let rank = Int.random(in: 0...4, using: &generator)
                let shape = Shape((0..<rank).map { _ in Int.random(in: 0...9, using: &generator) })
                let values = (0..<shape.count).map { _ in Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator)) }
                tensors.append(("layer.\(index)/\"\u{e9}\\\n", Tensor(values, shape)))
            }
            let metadata = ["round": "\(round)", "text": "\u{0}\u{1f}\"\\/\u{1f600}\u{2028}"]
            let path = folder.file("round\(round).safetensors")
            let count = try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
            #expect(fileKind(path) == .regular(byteCount: count))
            let file = try SafetensorsFile(path, access: access)
            #expect(file.metadata == metadata)
            #expect(file.entries.count == tensors.count)
            for (name, tensor) in tensors {
                let found = try file.tensor(name)
                #expect(found.shape == tensor.shape)
                #expect(found.elements.map(\.bitPattern) == tensor.elements.map(\.bitPattern))
                #expect(try file.rawBytes(name) == bytes(of: tensor.elements))
            }
            #expect(try readFile(path) == SafetensorsWriter.encoded(tensors, metadata: metadata))
        }
    }

    @Test("a mapped tensor lies in the file")
    func zeroCopy() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("m.safetensors")
        try SafetensorsWriter.write([("w", Tensor([1, 2], [2]))], to: path)
        let file = try SafetensorsFile(path, access: .mapped)
        var mapped = try file.tensor("w")
        let isOwn = mapped.isUnique()
        #expect(!isOwn)
        mapped.withMutableElements { $0[0] = 5 }
        #expect(mapped.elements == [5, 2])
        #expect(try file.tensor("w").elements == [1, 2])
        var copied = try SafetensorsFile(path).tensor("w")
        let isCopyOwn = copied.isUnique()
        #expect(isCopyOwn)
    }

    @Test("what cannot be written leaves no file behind")
    func refused() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("m.safetensors")
        let one = Tensor([1], [1])
        func error(_ tensors: [(name: String, tensor: Tensor)], _ metadata: [String: String] = [:]) -> (any ZooError)? {
            zooError { try SafetensorsWriter.write(tensors, metadata: metadata, to: path) }
        }
        expect(error([("a", one), ("a", one)]), code: "format.duplicate_tensor", file: path, entry: "a", ["unique"])
        expect(error([("__metadata__", one)]), code: "format.reserved_name", file: path, entry: "__metadata__", ["reserves"])
        let deep = Tensor([1], Shape([Int](repeating: 1, count: 9)))
        expect(error([("a", deep)]), code: "format.rank_too_large", file: path, entry: "a", ["at most 8", "found 9"])
        let great = String(repeating: "x", count: 1_000_000)
        expect(error([], ["k": great]), code: "format.metadata_too_large", file: path, ["at most 1000000", "found 1000001"])
        let long = (0..<9).map { ("\($0)" + great, one) }
        expect(error(long), code: "format.header_too_large", file: path, ["at most 8000000"])
        #expect(try folderEntries(folder.path) == [])
        #expect(zooError { try SafetensorsWriter.write([], to: folder.file("no/folder")) }?.exitCode == .notFound)
    }
}
