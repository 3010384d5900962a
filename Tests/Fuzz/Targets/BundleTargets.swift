import ModelZoo
import ZooTensor

/// What the bundles of these targets hold.
enum SampleBundle {
    static let files: [(name: String, content: [UInt8])] = [
        ("config.json", Array(#"{"model_type":"bert"}"#.utf8)), ("vocab.txt", Array("[PAD]\n[UNK]\n".utf8)),
        ("model.safetensors", (try? SafetensorsWriter.encoded([("w", Tensor([1, 2], [2]))])) ?? []),
    ]

    static var manifest: Manifest {
        var manifest = Manifest(name: "tiny", family: "bert", task: "text-classification")
        manifest.files = files.map { .init(name: $0.name, byteCount: $0.content.count, digest: Digest(hashing: $0.content)) }
        manifest.labels = ["no", "yes"]
        manifest.licence = "apache-2.0"
        manifest.source = "org/name"
        manifest.metrics = ["accuracy": .number(0.5)]
        manifest.provenance = .init(base: Digest(hashing: [1]), data: nil, configuration: ["epochs": .integer(3)])
        return manifest
    }

    static let words = [
        "manifest.json", "../x", "/abs", "config.json", "a/b.txt", "CON.txt", "sha256:", "x.pkl", "\u{e9}.txt", "model.bin",
    ].map { Array($0.utf8) }
}

/// Manifests.
final class ManifestTarget: Target {
    static let name = "manifest"
    private let mutator = Mutator(
        seeds: [SampleBundle.manifest.encoded(), Manifest(name: "a", family: "b", task: "features").encoded()], words: SampleBundle.words)

    init(_ folder: ScratchFolder) {}

    func run(_ source: inout Source) throws {
        let bytes = source.document(mutator)
        let manifest = try Manifest(decoding: bytes, file: "f.zoo")
        try require(manifest.encoded() == bytes, "an accepted manifest has other bytes")
        _ = (manifest.digest, manifest.byteCount)
        for file in manifest.files { try require(!file.name.hasPrefix("/") && !file.name.contains(".."), "an unsafe name is accepted") }
    }
}

/// Bundles: tar archives, plain and compressed.
final class BundleTarget: Target {
    static let name = "bundle"
    private let folder: ScratchFolder
    private let mutator: Mutator

    init(_ folder: ScratchFolder) throws {
        self.folder = folder
        let manifest = [(name: "manifest.json", content: SampleBundle.manifest.encoded())]
        let tar = TarBytes.archive(manifest + SampleBundle.files)
        var seeds = [tar, tar, tar, TarBytes.archive(SampleBundle.files), TarBytes.archive(manifest)]
        for compression in [ArchiveCompression.none, .zstd] {
            let path = folder.path + "/seed.zoo"
            let writer = try ArchiveWriter(path, compression: compression)
            for file in manifest + SampleBundle.files {
                try writer.add(file.name, byteCount: file.content.count)
                try file.content.withUnsafeBytes { try writer.write($0) }
            }
            try writer.finish()
            seeds.append(try readFile(path))
        }
        mutator = Mutator(
            seeds: seeds,
            words: SampleBundle.words + ["0000644\0", "77777777777", "\u{0}", "ustar  \0", "20 path=../x\n"].map { Array($0.utf8) })
    }

    func run(_ source: inout Source) throws {
        var bytes = source.document(mutator)
        // The type of an entry, by its letter.
        if source.once(in: 6), bytes.count > 512 {
            bytes[source.below(bytes.count / 512) * 512 + 156] = source.pick([
                0, 0x31, 0x32, 0x33, 0x35, 0x36, 0x37, 0x53, 0x4c, 0x4b, 0x78, 0x67,
            ])
        }
        if !source.once(in: 3), !bytes.starts(with: [0x28, 0xb5]) { TarBytes.repairChecksums(&bytes) }
        let path = try folder.write("f.zoo", bytes)
        for mode in [ArchiveReader.Mode.foreign, .bundle] {
            do { try ArchiveReading.readAll(path, mode) } catch is any ZooError {}
        }
        _ = try Manifest(ofBundle: path)
        folder.clear("store")
        let result = try Importer(store: Store(home: folder.path + "/store")).importModel(path, family: { ("bert", $0) })
        try require(result.model.manifest.files.count <= 512, "too many files")
    }
}

/// Archives as others write them: zip.
final class ZipTarget: Target {
    static let name = "zip"
    private let folder: ScratchFolder
    private let mutator: Mutator

    init(_ folder: ScratchFolder) {
        self.folder = folder
        let inFolder = SampleBundle.files.map { (name: "tiny/" + $0.name, content: $0.content) }
        mutator = Mutator(
            seeds: [TarBytes.zip(SampleBundle.files), TarBytes.zip(inFolder), TarBytes.archive(inFolder)], words: SampleBundle.words)
    }

    func run(_ source: inout Source) throws {
        var bytes = source.document(mutator)
        if !bytes.starts(with: [0x50, 0x4b]), source.once(in: 2) { TarBytes.repairChecksums(&bytes) }
        let path = try folder.write("f.zip", bytes)
        do { try ArchiveReading.readAll(path, .foreign) } catch is any ZooError {}
        folder.clear("store")
        _ = try Importer(store: Store(home: folder.path + "/store")).importModel(path, family: { ("bert", $0) })
    }
}

/// Reads an archive to its end, as it is.
enum ArchiveReading {
    static func readAll(_ path: String, _ mode: ArchiveReader.Mode) throws {
        let archive = try ArchiveReader(path, mode: mode)
        var entries = 0
        while let entry = try archive.next() {
            entries += 1
            try require(entries <= 10_000, "an archive of a few kilobytes has more than 10000 entries")
            guard entry.kind == .file, let count = entry.byteCount, count < 1 << 20 else { continue }
            try require(try archive.bytes(of: entry, limit: 1 << 20).count == count, "an entry of another size")
        }
        try archive.finish()
    }
}
