import ArgumentParser
import ModelZoo
import ZooTensor

/// `zoo tag SRC DST`
struct TagCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "tag",
        abstract: "Give an installed model another name or tag.",
        usage: "zoo tag <model> <new> [--replace] [--dry-run] [<options>]",
        discussion: """
            Nothing is copied: both names stand for the same contents, which stay until
            the last of them is removed.

            Examples:
              zoo tag tickets tickets:v1
              zoo tag tickets:v1 support --replace
            """,
        aliases: ["cp"])

    @Argument(help: "The model.")
    var model: String

    @Argument(help: "The name, or name and tag, that it gets.")
    var new: String

    @Flag(name: .long, help: "Let another model of that name and tag give way.")
    var replace = false

    @Flag(name: .long, help: "Tell what would be done, and do nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let store = try session.store()
        let source = try store.resolve(ModelReference(model))
        let target = try ModelReference(new)
        guard target.digest == nil else {
            throw CommandError.usage(message: "expected a name and tag without a digest, found \"\(plain(new))\"", hint: nil)
        }
        if dryRun {
            session.say("\(target) would be \(source.reference), \(source.digest)")
        } else {
            do {
                _ = try store.tag(source, as: target, replacing: replace)
            } catch StoreError.exists(let reference, let installed) {
                throw CommandError.taken(reference: reference, digest: installed.description, flag: "--replace")
            }
            session.say("\(session.style.bold(target.description)) is \(source.reference), \(source.digest)")
        }
        session.sayQuietly(target.description)
        return .object([
            "reference": .string(target.description), "source": .string(source.reference.description),
            "digest": .string(source.digest.description), "dry_run": .bool(dryRun),
        ])
    }
}
