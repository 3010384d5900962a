import ZooTensor

/// safetensors files: headers in memory, and what passes as a file too.
final class SafetensorsTarget: Target {
    static let name = "safetensors"
    private let folder: ScratchFolder
    private let headers: Mutator
    private let data: [UInt8]

    init(_ folder: ScratchFolder) {
        self.folder = folder
        data = (0..<64).map { UInt8(truncatingIfNeeded: $0 * 37) }
        headers = Mutator(
            seeds: [
                #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F16","shape":[24],"data_offsets":[16,64]}}"#,
                #"{"__metadata__":{"format":"pt"},"x":{"dtype":"BF16","shape":[4,1,8],"data_offsets":[0,64]}}"#,
                #"{"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"e":{"dtype":"F32","shape":[0,7],"data_offsets":[8,8]},"c":{"dtype":"U8","shape":[56],"data_offsets":[8,64]}}"#,
                #"{"d":{"dtype":"F64","shape":[4],"data_offsets":[0,32]},"b":{"dtype":"BOOL","shape":[32],"data_offsets":[32,64]}}   "#,
                "{}",
            ].map { Array($0.utf8) },
            words: [
                "dtype", "shape", "data_offsets", "__metadata__", "F4", "F8_E4M3", "C64", "I32", "I16", "I8", "F64", "BOOL", "[0,0]",
                "[64,64]", "../x",
            ].map { Array($0.utf8) })
    }

    func run(_ source: inout Source) throws {
        var header = source.document(headers)
        if source.once(in: 3) { header += [UInt8](repeating: 0x20, count: source.below(9)) }
        var length = UInt64(header.count)
        if source.once(in: 10) {
            length = source.pick([0, 1, 7, length &- 1, length + 1, 100_000_001, .max, 1 << 63, UInt64(header.count + 64)])
        }
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + header
        bytes += header.count > 2 && !source.once(in: 20) ? data : []
        if source.once(in: 20) { bytes.removeLast(source.below(bytes.count)) }
        var failure: (any Error)?
        do {
            _ = try bytes.withUnsafeBytes { try SafetensorsHeader($0, fileByteCount: bytes.count, file: "f") }
        } catch {
            failure = error
        }
        if failure == nil || source.once(in: 40) {
            let path = try folder.write("f.safetensors", bytes)
            for access in [SafetensorsFile.Access.copied, .mapped] {
                let file = try SafetensorsFile(path, access: access)
                try require(failure == nil, "a file is accepted whose header is not")
                for entry in file.entries {
                    let tensor = try file.tensor(entry.name)
                    try require(tensor.count == entry.shape.count && tensor.elements.count == tensor.count, "a tensor of another size")
                    try require(try file.rawBytes(entry.name).count == entry.range.count, "raw bytes of another size")
                }
                _ = try file.nonFiniteValues().map(\.description)
            }
        }
        if let failure { throw failure }
    }
}

/// The index of a checkpoint of several files.
final class IndexTarget: Target {
    static let name = "index"
    private let folder: ScratchFolder
    private let mutator: Mutator
    private var files: [String: String] = [:]

    init(_ folder: ScratchFolder) throws {
        self.folder = folder
        for (name, tensor) in [("model-00001-of-00002.safetensors", "a"), ("model-00002-of-00002.safetensors", "b")] {
            files[name] = try folder.write(name, SafetensorsWriter.encoded([(tensor, Tensor([1, 2], [2]))]))
        }
        mutator = Mutator(
            seeds: [
                #"{"metadata":{"total_size":16},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}"#,
                #"{"weight_map":{"a":"model-00001-of-00002.safetensors"}}"#,
            ].map { Array($0.utf8) },
            words: ["../x.safetensors", "/etc/passwd", "model-00001-of-00002.safetensors", "weight_map", "\\\\", "c"].map { Array($0.utf8) }
        )
    }

    func run(_ source: inout Source) throws {
        files["model.safetensors.index.json"] = try folder.write("index.json", source.document(mutator))
        let checkpoint = try Checkpoint(files: files)
        for name in checkpoint.names { _ = try checkpoint.tensor(name) }
    }
}
