public import ModelZoo
import ZooTensor

/// What a run has left in its folder: how it ended, and what of it takes space.
public struct RunRecord: Sendable, Hashable {
    /// How far a run is.
    public enum State: String, Sendable, CaseIterable {
        /// A process trains.
        case running
        /// It came to its end.
        case finished
        /// An error ended it.
        case failed
        /// A signal ended it.
        case interrupted
        /// Its process was killed, or the machine went down.
        case killed
    }

    /// The model that was installed from a run.
    public struct Result: Sendable, Hashable {
        /// The name and tag that it got.
        public let reference: String
        /// The digest of its manifest.
        public let digest: String
    }

    /// The folder.
    public let path: String
    /// How far it is.
    public let state: State
    /// The seconds since anything was written to it.
    public let age: Int
    /// The bytes that only this folder holds.
    public let ownByteCount: Int
    /// The bytes that it shares with the store, by hard links.
    public let sharedByteCount: Int
    /// The bytes of weights that only this folder holds.
    public let ownWeightsByteCount: Int
    /// Whether there are weights to use.
    public let hasWeights: Bool
    /// The model that was installed from it.
    public let result: Result?
    /// The accuracy of the best epoch on the validation data, of a finished run.
    public let accuracy: Double?
    /// The name of the model that it began with.
    public let base: String?

    /// The folder's name.
    public var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The name of the file that tells which model was installed.
    static let resultName = "installed.json"
    private static let documentLimit = 64 << 20

    /// Looks at a folder; nil if it is no run's: a run's has `run.json`, or nothing yet.
    public init?(_ path: String) {
        guard fileKind(path, followingLinks: false) == .directory, let names = try? folderEntries(path),
            names.contains("run.json") || names.allSatisfy({ $0 == "best" })
        else { return nil }
        self.path = path
        func document(_ name: String) -> JSON? {
            names.contains(name) ? (try? readFile(path + "/" + name, limit: Self.documentLimit)).flatMap { try? JSON.parse($0) } : nil
        }
        let metrics = document("metrics.json")
        accuracy = metrics?["validation"]?["accuracy"]?.number
        base = document("run.json")?["base"]?.string
        let installed = document(Self.resultName)
        if let reference = installed?["reference"]?.string, let digest = installed?["digest"]?.string {
            result = Result(reference: reference, digest: digest)
        } else {
            result = nil
        }
        var sizes = Sizes()
        sizes.add(path, isWeights: false)
        (ownByteCount, sharedByteCount, ownWeightsByteCount) = (sizes.own, sizes.shared, sizes.ownWeights)
        hasWeights = sizes.hasWeights
        age = ([path] + names.map { path + "/" + $0 }).compactMap(fileAge).min() ?? 0
        if RunLock.isHeld(path) {
            state = .running
        } else {
            switch Self.lastEvent(path + "/log.jsonl") {
            case "train.finished": state = .finished
            case "train.failed": state = .failed
            case "train.interrupted": state = .interrupted
            default: state = metrics == nil ? .killed : .finished
            }
        }
    }

    /// The runs below a folder, ordered by name.
    public static func all(in folder: String) -> [RunRecord] {
        ((try? folderEntries(folder)) ?? []).compactMap { RunRecord(folder + "/" + $0) }
    }

    /// Deletes the run with all that is in its folder, unless a process is training in it.
    ///
    /// - Returns: whether it is gone.
    public func delete() -> Bool {
        guard let lock = RunLock(path) else { return false }
        return withExtendedLifetime(lock) {
            deleteTree(path)
            return fileKind(path, followingLinks: false) == nil
        }
    }

    /// A file that a killed process has left in a run's folder.
    package struct Leftover {
        let path: String
        package let byteCount: Int

        package func delete() { deleteTree(path) }
    }

    /// The unfinished files in runs' folders whose processes are gone.
    package static func leftovers(in folder: String, olderThan seconds: Int) -> [Leftover] {
        var result: [Leftover] = []
        func visit(_ folder: String, depth: Int) {
            for name in (try? folderEntries(folder)) ?? [] {
                let path = folder + "/" + name
                switch fileKind(path, followingLinks: false) {
                case .directory? where depth < 3: visit(path, depth: depth + 1)
                case .regular(let count)? where name.hasPrefix(FileWriter.temporaryPrefix):
                    guard case .gone = FileWriter.owner(of: name), fileAge(path) ?? 0 >= seconds else { continue }
                    result.append(Leftover(path: path, byteCount: count))
                default: break
                }
            }
        }
        visit(folder, depth: 0)
        return result
    }

    private struct Sizes {
        var own = 0
        var shared = 0
        var ownWeights = 0
        var hasWeights = false

        mutating func add(_ path: String, isWeights: Bool) {
            switch fileKind(path, followingLinks: false) {
            case .directory?:
                for name in (try? folderEntries(path)) ?? [] { add(path + "/" + name, isWeights: name.hasSuffix(".safetensors")) }
            case .regular(let count)?:
                let isShared = ((try? OpenFile(path, followingLinks: false))?.linkCount ?? 1) > 1
                if isShared { shared += count } else { own += count }
                if isWeights {
                    hasWeights = true
                    if !isShared { ownWeights += count }
                }
            default: break
            }
        }
    }

    /// The kind of the last whole line of a log.
    private static func lastEvent(_ path: String) -> String? {
        guard let file = try? OpenFile(path, followingLinks: false) else { return nil }
        let count = min(file.byteCount, 1 << 16)
        guard let bytes = try? file.read(at: file.byteCount - count, count: count),
            let line = bytes.split(separator: UInt8(ascii: "\n")).last
        else { return nil }
        return (try? JSON.parse(Array(line)))?["type"]?.string
    }
}

extension RunFolder {
    /// Notes which model was installed from this run.
    public func note(installed model: InstalledModel) throws {
        let document = JSON.object(["reference": .string(model.reference.description), "digest": .string(model.digest.description)])
        try writeFile(path + "/" + RunRecord.resultName, document.serialized(pretty: true) + [UInt8(ascii: "\n")])
    }
}
