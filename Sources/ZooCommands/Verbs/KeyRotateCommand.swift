import ArgumentParser
import ModelZoo
import ZooHub
import ZooTensor

/// `zoo key rotate KEY… --to FOLDER`
struct KeyRotateCommand: Verb {
    static let schema = "key.rotate"
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Hand a mirror over to other keys.",
        usage: "zoo key rotate <keys> ... --to <folder> --sign <key> ... [--threshold <n>] [<options>]",
        discussion: """
            Makes a new root that names the keys from now on, and signs it with the old
            keys and the new ones: clients that trust the old keys follow by themselves.
            The index is signed with the new keys too. A key that is named no more can sign
            nothing any more, even if somebody stole it.

            Examples:
              zoo key rotate bob --to /srv/zoo --sign alice --sign bob
              zoo key rotate alice bob carol --threshold 2 --to /srv/zoo --sign alice --sign bob
            """)

    @Argument(help: "The keys from now on, by name or by their 64 digits.")
    var keys: [String]

    @Option(name: .long, help: ArgumentHelp("The folder of the mirror.", valueName: "folder"))
    var to: String

    @Option(name: .long, help: ArgumentHelp("A key of yours to sign with: enough of the old ones and of the new ones.", valueName: "key"))
    var sign: [String] = []

    @Option(name: .long, help: ArgumentHelp("How many of the keys must sign; all unless given.", valueName: "n"))
    var threshold: Int?

    @Option(name: .long, help: ArgumentHelp("How long the root is good: 5y is 1825d.", valueName: "time"))
    var expires: Age = Age(seconds: 5 * 365 * 86400)

    @Flag(name: .long, help: "Check that clients would follow, and change nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let sources = SourceList(try session.store())
        let named = Set(try keys.map { try sources.publicKey($0) })
        let threshold = threshold ?? named.count
        guard (1...named.count).contains(threshold) else {
            throw CommandError.usage(
                message: "--threshold: expected 1 to \(named.count), the number of keys, found \(threshold)", hint: nil)
        }
        let role = try Root.Role(named, threshold: threshold)
        let root = try MirrorWriter(folder(to)).rotate(
            root: role, index: role, signing: sign.map { try sources.signingKey($0) },
            expiry: Timestamp.now.adding(seconds: expires.seconds), isDryRun: dryRun)
        let text = named.sorted().map(\.description)
        session.say(
            "root \(root.version) of \(plain(to)) \(dryRun ? "would name" : "names") \(counted(named.count, "key", "keys")), "
                + "of which \(threshold) must sign:")
        for key in text { session.say("  \(key)") }
        return .object([
            "folder": .string(to), "version": .integer(root.version), "keys": .strings(text), "threshold": .integer(threshold),
            "dry_run": .bool(dryRun),
        ])
    }
}
