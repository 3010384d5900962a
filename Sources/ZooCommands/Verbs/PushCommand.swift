import ArgumentParser
import ModelZoo
import ZooHub
import ZooTensor

/// `zoo push REF… --to FOLDER`
struct PushCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Make a mirror in a folder, or add models to one.",
        usage: "zoo push <models> ... --to <folder> [--sign <key> ...] [--expires <time>] [<options>]",
        discussion: """
            Any web server can serve the folder, and any disk can carry it. Contents that
            are there already are not copied again. Without models, the index is signed
            anew and its time begins again.

            Examples:
              zoo push minilm tickets --to /srv/zoo --sign alice
              zoo push --to /srv/zoo --sign alice --expires 30d
            """)

    @Argument(help: "The models.")
    var models: [String] = []

    @Option(name: .long, help: ArgumentHelp("The folder of the mirror.", valueName: "folder"))
    var to: String

    @Option(
        name: .long, help: ArgumentHelp("A key of yours, by name or file; several for a mirror that asks for several.", valueName: "key"))
    var sign: [String] = []

    @Option(name: .long, help: ArgumentHelp("How long the index is good: 30d, 12h.", valueName: "time"))
    var expires: Age = Age(seconds: 90 * 86400)

    @Flag(name: .long, help: "Only add signatures to the index as it is.")
    var signOnly = false

    @Flag(name: .long, help: "Tell what would be done, and do nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    var leftByInterruption: Farewell.Left {
        Farewell.Left(
            message: "the mirror's index is as it was, or as it was to be; contents that were copied stay",
            hint: "the same command goes on from there")
    }

    func run(_ session: Session) throws -> JSON {
        let store = try session.store()
        let sources = SourceList(store)
        let keys = try sign.map { try sources.signingKey($0) }
        let writer = try MirrorWriter(folder(to))
        if signOnly {
            guard models.isEmpty, !keys.isEmpty, !dryRun else {
                throw CommandError.usage(message: "--sign-only takes --sign, and no models", hint: nil)
            }
            let (report, changes) = try writer.sign(keys)
            for entry in changes { session.say("new: \(session.style.bold(entry.reference.description)) \(entry.digest)") }
            session.say("index \(report.version) is signed with \(report.signers.map(\.description).joined(separator: ", "))")
            sayWhatIsMissing(report, session)
            return .object([
                "folder": .string(to), "version": .integer(report.version), "signers": .strings(report.signers.map(\.description)),
                "missing_signatures": .integer(report.missingSignatures),
                "new": .array(
                    changes.map { .object(["reference": .string($0.reference.description), "digest": .string($0.digest.description)]) }),
            ])
        }
        let chosen = try models.map { try store.resolve(ModelReference($0)) }
        let total = chosen.reduce(0) { $0 + $1.byteCount }
        let report = try writer.push(
            chosen, signing: keys, expiry: Timestamp.now.adding(seconds: expires.seconds), isDryRun: dryRun
        ) { file, done in
            session.progress.update("pushing", done: done, total: total, details: file)
        }
        let names = report.models.isEmpty ? "nothing new" : report.models.joined(separator: ", ")
        session.say(
            "\(dryRun ? "would push" : "pushed") \(names) to \(plain(to)): \(counted(report.files, "content", "contents")) copied, "
                + "\(byteSize(report.bytes)); index \(report.version)")
        if keys.isEmpty {
            session.note(
                "the mirror is not signed: clients must name the digest of what they fetch (\"zoo fetch NAME@DIGEST --from ADDRESS\")")
        } else {
            session.say("signed with \(report.signers.map(\.description).joined(separator: ", "))")
            sayWhatIsMissing(report, session)
            if report.missingSignatures == 0 {
                session.say("next, on another machine:")
                session.say("  zoo source add NAME \(quoted(to)) --key \(report.signers[0])")
            }
        }
        for name in report.models { session.sayQuietly(name) }
        return .object([
            "folder": .string(to), "models": .strings(report.models), "version": .integer(report.version), "files": .integer(report.files),
            "bytes": .integer(report.bytes), "signers": .strings(report.signers.map(\.description)),
            "missing_signatures": .integer(report.missingSignatures), "dry_run": .bool(dryRun),
        ])
    }

    private func sayWhatIsMissing(_ report: MirrorWriter.Report, _ session: Session) {
        guard report.missingSignatures > 0 else { return }
        session.say("clients see it when \(counted(report.missingSignatures, "more key has", "more keys have")) signed it:")
        session.say("  " + session.typed("push --to \(quoted(to)) --sign NAME --sign-only"))
    }
}

/// The folder of a mirror as the user names it.
///
/// - Throws: `CommandError.usage` for what is none.
func folder(_ text: String) throws -> String {
    guard !text.isEmpty, !text.contains("://") else {
        throw CommandError.usage(message: "--to: expected a folder, found \"\(plain(text))\"", hint: "any web server can serve a folder")
    }
    return text
}
