import ArgumentParser
import ModelZoo
import ZooTensor

/// `zoo remove REF…`
struct RemoveCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove installed models.",
        usage: "zoo remove <models> ... [--yes] [--dry-run] [<options>]",
        discussion: """
            Asks first on a terminal; elsewhere it needs --yes. Files that other models
            share stay.

            Examples:
              zoo remove tickets
              zoo remove tickets:old --yes
            """,
        aliases: ["rm"])

    @Argument(help: "The models.")
    var models: [String]

    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    @Flag(name: .long, help: "Tell what would be removed, and remove nothing.")
    var dryRun = false

    @Flag(name: .long, help: "A model that is not there is no error.")
    var missingOk = false

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let store = try session.store()
        var references: [(reference: ModelReference, size: Int?)] = []
        for text in models {
            let reference = try ModelReference(text)
            do {
                let model = try store.resolve(reference)
                if !references.contains(where: { $0.reference == model.reference }) { references.append((reference, model.byteCount)) }
            } catch StoreError.notFound where missingOk {
                session.note("\(reference) is not installed")
            } catch let error as StoreError {
                // A model that cannot be read can be removed all the same.
                guard case .manifest = error, error.exitCode == .format else { throw error }
                references.append((reference, nil))
            }
        }
        let names = references.map { $0.reference.description + ($0.size.map { " (\(byteSize($0)))" } ?? "") }.joined(separator: ", ")
        if dryRun || references.isEmpty {
            if !references.isEmpty { session.say("would remove \(names)") }
        } else if !yes {
            guard let answer = try session.confirm("remove \(names)?") else { throw CommandError.unconfirmed(what: "removing \(names)") }
            guard answer else {
                session.say("nothing was removed")
                return data([], files: 0, bytes: 0)
            }
        }
        var (files, bytes) = (0, 0)
        var kept: String?
        var held = 0
        if !dryRun {
            for (reference, _) in references {
                let removal = try store.remove(reference)
                files += removal.files
                bytes += removal.bytes
                kept = removal.kept ?? kept
                held += removal.heldBytes
            }
            if !references.isEmpty { session.say("removed \(names); \(byteSize(bytes)) are free again") }
            if let kept { session.note(kept) }
            if held > 0 { session.note("runs still hold \(byteSize(held)) of it; \"\(session.typed("runs list"))\" shows them") }
        }
        let removed = references.map(\.reference.description)
        for name in removed { session.sayQuietly(name) }
        return data(removed, files: files, bytes: bytes)
    }

    private func data(_ removed: [String], files: Int, bytes: Int) -> JSON {
        .object(["removed": .strings(removed), "dry_run": .bool(dryRun), "files": .integer(files), "bytes": .integer(bytes)])
    }
}
