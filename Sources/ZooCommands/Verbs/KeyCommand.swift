import ArgumentParser
import ModelZoo
import ZooHub
import ZooTensor

/// `zoo key`
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Make keys that sign mirrors, and vouch for those of others.",
        discussion: """
            A mirror's index is signed, so that a server, or whoever sits between, can
            neither change a model nor hide a newer version. Who runs a mirror makes a key
            and tells its public part; who uses one vouches for it.
            """,
        subcommands: [KeyGenerateCommand.self, KeyListCommand.self, KeyTrustCommand.self, KeyRotateCommand.self])
}

/// `zoo key generate NAME`
struct KeyGenerateCommand: Verb {
    static let schema = "key.generate"
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make a key of your own (Ed25519).",
        usage: "zoo key generate <name> [<options>]",
        discussion: """
            The private part lies in the store's folder keys, in a file that only you can
            read. Keep a copy in a safe place: nobody can make it again.

            Example:
              zoo key generate alice
            """)

    @Argument(help: "Your name for it.")
    var name: String

    @Flag(name: .long, help: "Tell where it would lie, and make nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let store = try session.store()
        let path = "\(store.home)/keys/\(name).key"
        guard !dryRun else {
            session.say("would make \(plain(path))")
            return .object(["name": .string(name), "file": .string(path), "dry_run": .bool(true)])
        }
        let key = try SourceList(store).generateKey(name)
        session.say("\(session.style.bold(name)) is in \(plain(path)); its public part:")
        session.say("  \(key.publicKey)")
        session.say("next:")
        session.say("  " + session.typed("push MODEL --to FOLDER --sign \(name)"))
        session.sayQuietly(key.publicKey.description)
        return .object(["name": .string(name), "key": .string(key.publicKey.description), "file": .string(path), "dry_run": .bool(false)])
    }
}

/// `zoo key list`
struct KeyListCommand: Verb {
    static let schema = "key.list"
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List your own keys and those that you vouch for.", usage: "zoo key list [<options>]")

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let sources = SourceList(try session.store())
        let own = try sources.ownKeys().map { (name: $0.name, key: $0.key.publicKey) }
        let trusted = try sources.trustedKeys()
        var table = Table([("NAME", .left), ("KIND", .left), ("KEY", .left)])
        for (name, key) in own { table.add([name, "own", key.description]) }
        for (name, key) in trusted { table.add([name, "trusted", key.description]) }
        if own.isEmpty && trusted.isEmpty {
            session.say("no keys; \"\(session.typed("key generate NAME"))\" makes one")
        } else {
            for line in table.lines(session.style) { session.say(line) }
        }
        for (_, key) in own + trusted { session.sayQuietly(key.description) }
        func json(_ keys: [(name: String, key: PublicKey)]) -> JSON {
            .array(keys.map { .object(["name": .string($0.name), "key": .string($0.key.description)]) })
        }
        return .object(["own": json(own), "trusted": json(trusted)])
    }
}

/// `zoo key trust KEY`
struct KeyTrustCommand: Verb {
    static let schema = "key.trust"
    static let configuration = CommandConfiguration(
        commandName: "trust",
        abstract: "Vouch for somebody's public key.",
        usage: "zoo key trust <key> [--as <name>] [<options>]",
        discussion: """
            Get the key another way than the mirror: from a page of those who run it, or
            from themselves.

            Example:
              zoo key trust d75a980182b1…021a68f707511a --as example
            """)

    @Argument(help: "The public key: 64 hexadecimal digits.")
    var key: String

    @Option(name: .customLong("as"), help: ArgumentHelp("Your name for it; its first digits unless given.", valueName: "name"))
    var name: String?

    @Flag(name: .long, help: "Check the key, and change nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let key = try PublicKey(key)
        let name = name ?? key.short
        if !dryRun { try SourceList(session.store()).trust(key, as: name) }
        session.say(dryRun ? "would vouch for \(key) as \(plain(name))" : "you vouch for \(key) as \(session.style.bold(plain(name)))")
        session.sayQuietly(key.description)
        return .object(["name": .string(name), "key": .string(key.description), "dry_run": .bool(dryRun)])
    }
}
