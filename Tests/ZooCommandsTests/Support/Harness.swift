import Synchronization
import Testing
import ZooBERT
import ZooCommands
import ZooTensor
import ZooViT

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a command left behind.
struct Outcome {
    let code: Int32
    let output: String
    let errors: String

    /// The standard output as one JSON document.
    func document() throws -> JSON { try JSON.parse(Array(output.utf8)) }

    /// The data of a JSON document with the schema of a verb.
    func data(_ verb: String) throws -> JSON {
        let document = try document()
        #expect(document["schema"]?.string == "zoo.\(verb)/1")
        return try #require(document["data"])
    }
}

/// Runs commands in this process, in a new folder with a store of its own; both go away with it.
final class Harness {
    let path: String
    var environment: [String: String] = [:]

    init() throws {
        var generator = SystemRandomNumberGenerator()
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        path = base + "/zoo-commands-\(getpid())-" + String(generator.next(), radix: 36)
        try makeFolders(path)
        environment = ["ZOO_HOME": path + "/store", "TMPDIR": path, "COLUMNS": "100"]
    }

    deinit { Self.delete(path) }

    /// Deletes a file.
    static func remove(_ path: String) throws {
        guard unlink(path) == 0 else { throw FileError.system("delete", path) }
    }

    private static func delete(_ path: String) {
        if fileKind(path, followingLinks: false) == .directory {
            for name in (try? folderEntries(path)) ?? [] { delete(path + "/" + name) }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    /// The path of a file in the folder.
    func file(_ name: String) -> String { path + "/" + name }

    /// Writes a file.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try writeFile(file(name), text.utf8)
        return file(name)
    }

    /// A file as text.
    func read(_ name: String) throws -> String { String(decoding: try readFile(file(name)), as: UTF8.self) }

    /// Runs a command.
    ///
    /// - Parameters:
    ///   - input: the standard input.
    ///   - terminal: whether all three streams are a terminal.
    ///   - columns: the width of the terminal.
    @discardableResult
    func zoo(_ arguments: String..., input: String = "", terminal: Bool = false) -> Outcome {
        zoo(arguments, input: input, terminal: terminal)
    }

    func zoo(_ arguments: [String], input: String = "", terminal: Bool = false, columns: Int? = nil) -> Outcome {
        let (output, errors) = (Collected(), Collected())
        var pieces = [Array(input.utf8)]
        let code = ZooCommand.run(
            arguments: arguments, families: [BERT.self, ViT.self], environment: environment,
            standardInput: CommandInput(isTerminal: terminal) { () throws(FileError) in pieces.popLast() ?? [] },
            standardOutput: output.stream(terminal, columns: columns), standardError: errors.stream(terminal, columns: columns))
        return Outcome(code: code, output: output.text, errors: errors.text)
    }

    /// The names of everything that models consist of in the store.
    func storeContents() throws -> [String] {
        var names: [String] = []
        func visit(_ folder: String) throws {
            for name in try folderEntries(folder) {
                let path = folder + "/" + name
                if fileKind(path) == .directory { try visit(path) } else { names.append(path) }
            }
        }
        for folder in ["manifests", "blobs", "partial"] where fileKind(file("store/" + folder)) == .directory {
            try visit(file("store/" + folder))
        }
        return names
    }
}

/// Bytes that a command wrote.
final class Collected: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

    func add(_ piece: UnsafeRawBufferPointer) { bytes.withLock { $0.append(contentsOf: piece) } }

    func stream(_ isTerminal: Bool, columns: Int? = nil) -> CommandOutput {
        CommandOutput(isTerminal: isTerminal, columns: { columns }) { [self] (piece) throws(FileError) in
            add(piece)
            return true
        }
    }
}
