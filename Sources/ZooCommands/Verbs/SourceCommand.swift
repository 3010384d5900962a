import ArgumentParser
import ModelZoo
import ZooHub
import ZooTensor

/// `zoo source`
struct SourceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source",
        abstract: "Choose the mirrors that models are fetched from.",
        discussion: """
            A mirror is what "zoo push" makes: a folder with models and a signed index.
            """,
        subcommands: [SourceAddCommand.self, SourceListCommand.self, SourceRemoveCommand.self, SourceRefreshCommand.self])
}

/// A mirror for people and programs.
private func describe(_ mirror: ModelMirror) -> JSONObject {
    [
        "name": .string(mirror.name), "address": .string(mirror.address.description),
        "root_version": .integer(mirror.known.root.version), "keys": .strings(mirror.known.root.index.keys.sorted().map(\.description)),
        "index_version": mirror.known.index.map { .integer($0.version) } ?? .null,
        "expires": mirror.known.index.map { .string($0.expiry.description) } ?? .null,
        "models": .integer(mirror.known.index?.entries.count ?? 0),
    ]
}

/// `zoo source add NAME ADDRESS`
struct SourceAddCommand: Verb {
    static let schema = "source.add"
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a mirror.",
        usage: "zoo source add <name> <address> [--key <key> ...] [<options>]",
        discussion: """
            Its root must be signed with a key that you vouch for: with --key here, or with
            "zoo key trust" before.

            Example:
              zoo source add disk /media/disk/zoo --key d75a980182b1…021a68f707511a
            """)

    @Argument(help: "Your name for it.")
    var name: String

    @Argument(help: "A folder, or an address of the web.")
    var address: String

    @Option(name: .long, help: ArgumentHelp("A public key that you vouch for.", valueName: "key"))
    var key: [String] = []

    @Flag(name: .long, help: "Look at the mirror, and change nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let store = try session.store()
        let sources = SourceList(store)
        guard name != SearchResult.catalogueName, (try? ModelReference(name: name)) != nil else {
            throw SourceError.name(text: name, reason: "expected a name as example or example-2")
        }
        var keys: Set<PublicKey> = Set(try sources.trustedKeys().map(\.key))
        for (_, own) in try sources.ownKeys() { keys.insert(own.publicKey) }
        for text in key { keys.insert(try PublicKey(text)) }
        let client = MirrorClient(store, session.network)
        let (place, vouched) = (try mirrorAddress(address), keys)
        // One that is known already is only looked at again: what was seen of it counts on, until it is removed.
        let known = try sources.list().contains { $0.name == name && $0.address == place } ? sources.mirror(name) : nil
        let mirror = try session.waiting("asking") { _ in
            if let known { return try await client.refresh(known) }
            return try await client.begin(name, place, trusting: vouched)
        }
        if !dryRun { try sources.save(mirror) }
        let count = counted(mirror.known.index?.entries.count ?? 0, "model", "models")
        session.say(
            "\(session.style.bold(name)) \(dryRun ? "would be" : "is") a source now: \(plain(mirror.address.description)), \(count)")
        session.sayQuietly(name)
        var data = describe(mirror)
        data["dry_run"] = .bool(dryRun)
        return .object(data)
    }
}

/// The address of a mirror, a path in a form that means the same in every folder.
func mirrorAddress(_ text: String) throws -> SourceAddress {
    guard ModelReference.isPath(text) || fileKind(text) == .directory else { return try SourceAddress(text) }
    return try SourceAddress(realPath(text) ?? text)
}

/// `zoo source list`
struct SourceListCommand: Verb {
    static let schema = "source.list"
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the mirrors, in the order in which they are asked.", usage: "zoo source list [<options>]")

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let mirrors = try SourceList(session.store()).mirrors()
        var table = Table([("NAME", .left), ("ADDRESS", .left), ("INDEX", .right), ("MODELS", .right), ("GOOD UNTIL", .left)])
        for mirror in mirrors {
            let index = mirror.known.index
            table.add([
                mirror.name, plain(mirror.address.description), index.map { String($0.version) } ?? "-",
                String(index?.entries.count ?? 0), index?.expiry.description ?? "-",
            ])
            session.sayQuietly(mirror.name)
        }
        if mirrors.isEmpty {
            session.say("no mirrors; the program's own catalogue is always there (zoo search)")
        } else {
            for line in table.lines(session.style) { session.say(line) }
        }
        return .object(["sources": .array(mirrors.map { .object(describe($0)) })])
    }
}

/// `zoo source remove NAME`
struct SourceRemoveCommand: Verb {
    static let schema = "source.remove"
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Forget a mirror; models that came from it stay.",
        usage: "zoo source remove <name> [--dry-run] [<options>]", aliases: ["rm"])

    @Argument(help: "Your name for it.")
    var name: String

    @Flag(name: .long, help: "Tell what would be forgotten, and change nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let sources = SourceList(try session.store())
        let address = try sources.address(of: name)
        if !dryRun { try sources.remove(name) }
        session.say("\(dryRun ? "would forget" : "forgot") \(plain(name)) at \(plain(address.description))")
        session.sayQuietly(name)
        return .object(["name": .string(name), "dry_run": .bool(dryRun)])
    }
}

/// `zoo source refresh [NAME…]`
struct SourceRefreshCommand: Verb {
    static let schema = "source.refresh"
    static let configuration = CommandConfiguration(
        commandName: "refresh", abstract: "Get the newest indices.", usage: "zoo source refresh [<names> ...] [<options>]")

    @Argument(help: "The mirrors; all unless given.")
    var names: [String] = []

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let store = try session.store()
        let sources = SourceList(store)
        let chosen = try names.isEmpty ? sources.mirrors() : names.map { try sources.mirror($0) }
        let client = MirrorClient(store, session.network)
        var list: [JSON] = []
        var failures: [any ZooError] = []
        for mirror in chosen {
            let newest: ModelMirror
            do {
                newest = try session.waiting("asking") { _ in try await client.refresh(mirror) }
            } catch let error as any ZooError where chosen.count > 1 {
                // The others may do.
                session.note("\(mirror.name): \(error.description)")
                failures.append(error)
                continue
            }
            try sources.update(newest)
            let (old, new) = (mirror.known.index?.version, newest.known.index?.version)
            session.say(
                "\(session.style.bold(mirror.name)): " + (old == new ? "nothing new" : "index \(new.map(String.init) ?? "-")")
                    + ", \(counted(newest.known.index?.entries.count ?? 0, "model", "models"))")
            session.sayQuietly(mirror.name)
            list.append(.object(describe(newest)))
        }
        // What weighs most: a wrong signature more than a server that is down.
        if let failure = failures.first(where: { $0.exitCode == .trust }) ?? failures.first { throw failure }
        if chosen.isEmpty { session.say("no mirrors; the program's own catalogue is always there (zoo search)") }
        return .object(["sources": .array(list)])
    }
}
