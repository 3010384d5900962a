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

/// A folder for one test, deleted with it.
final class Scratch {
    let path: String

    init() throws {
        var generator = SystemRandomNumberGenerator()
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        path = base + "/zoo-test-\(getpid())-" + String(generator.next(), radix: 36)
        try makeFolders(path)
    }

    deinit { Self.delete(path) }

    static func delete(_ path: String) {
        if fileKind(path, followingLinks: false) == .directory {
            for name in (try? folderEntries(path)) ?? [] { delete(path + "/" + name) }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    func store(_ name: String = "store") throws -> Store { try Store(home: path + "/" + name) }

    /// Writes a file, and the folders above it.
    @discardableResult
    func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        let file = path + "/" + name
        try makeFolders(String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]))
        try writeFile(file, bytes)
        return file
    }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String { try write(name, text.utf8) }

    /// A smallest model folder as upstream has it.
    func modelFolder(_ name: String = "tiny", configuration: String = #"{"model_type": "bert"}"#) throws -> String {
        try write(name + "/config.json", configuration)
        try write(name + "/model.safetensors", Self.safetensors)
        try write(name + "/vocab.txt", "[PAD]\n[UNK]\n")
        return path + "/" + name
    }

    /// A valid safetensors file with one tensor of two numbers.
    static let safetensors: [UInt8] = {
        let header = Array(#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#.utf8)
        let padded = header + [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
        return [UInt8(padded.count), 0, 0, 0, 0, 0, 0, 0] + padded + [0, 0, 128, 63, 0, 0, 0, 64]
    }()

    /// A digest of all names, sizes and contents below a folder.
    static func treeDigest(_ path: String) throws -> Digest { Digest(hashing: try tree(path).joined(separator: "\n").utf8) }

    /// All names below a folder with what they are.
    static func tree(_ path: String) throws -> [String] {
        guard fileKind(path) == .directory else { return [] }
        return try folderEntries(path).flatMap { name -> [String] in
            let child = path + "/" + name
            switch fileKind(child, followingLinks: false) {
            case .directory?: return try [name + "/"] + tree(child).map { name + "/" + $0 }
            case .regular(let count)?: return [name + " \(count) " + (try Digest.ofFile(child)).short]
            default: return [name + " special"]
            }
        }
    }
}

/// The error that a closure throws, as the error that the command would tell.
func failure(_ body: () throws -> Void, at location: SourceLocation = #_sourceLocation) -> (any ZooError)? {
    do {
        try body()
        Issue.record("expected an error", sourceLocation: location)
    } catch {
        if let error = error as? any ZooError { return error }
        Issue.record("not an error of the package: \(error)", sourceLocation: location)
    }
    return nil
}

/// A hostile bundle in a folder with an untouched canary beside, and a store that must stay as it is.
struct HostileBundle {
    let scratch: Scratch
    let store: Store
    let file: String

    /// A manifest for the files that the bundles of these tests declare.
    static let files: [(name: String, content: [UInt8])] = [
        ("config.json", Array(#"{"model_type": "bert"}"#.utf8)), ("vocab.txt", Array("[PAD]\n".utf8)),
        ("model.safetensors", Scratch.safetensors),
    ]

    static var manifest: Manifest {
        var manifest = Manifest(name: "tiny", family: "bert", task: "features")
        manifest.files = files.map { .init(name: $0.name, byteCount: $0.content.count, digest: Digest(hashing: $0.content)) }
        return manifest
    }

    /// A well-formed bundle with its manifest, changed by the test before it is ended.
    static func tar(manifest: [UInt8] = manifest.encoded(), upTo count: Int = files.count) -> TarBuilder {
        var tar = TarBuilder()
        tar.add("manifest.json", manifest)
        for file in files.prefix(count) { tar.add(file.name, file.content) }
        return tar
    }

    init(_ bytes: [UInt8]) throws {
        scratch = try Scratch()
        store = try scratch.store()
        try store.add(Manifest(name: "other", family: "bert", task: "features"), files: [("config.json", .bytes(Array("{}".utf8)))])
        file = try scratch.write("in/hostile.zoo", bytes)
        try scratch.write("canary", "untouched")
    }

    func importIt() throws -> ImportResult { try Importer(store: store).importModel(file, family: { ("bert", $0) }) }

    /// Checks that the import fails so, and that nothing is changed or left.
    func fails(
        _ code: String, exit: ExitCode = .format, _ parts: String..., at location: SourceLocation = #_sourceLocation
    ) throws {
        let before = try Scratch.tree(scratch.path)
        guard let error = failure({ _ = try importIt() }, at: location) else { return }
        #expect(error.code == code, "\(error)", sourceLocation: location)
        #expect(error.exitCode == exit, sourceLocation: location)
        #expect(error.place?.file == file, "the message names the bundle", sourceLocation: location)
        for part in parts { #expect("\(error)".contains(part), "\(error)", sourceLocation: location) }
        #expect("\(error)".unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }, sourceLocation: location)
        #expect(try Scratch.tree(scratch.path) == before, sourceLocation: location)
    }
}
