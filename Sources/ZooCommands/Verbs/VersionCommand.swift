import ArgumentParser
import ModelZoo
import ZooTensor

/// `zoo version`
struct VersionCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Print the version.", usage: "zoo version [<options>]",
        discussion: """
            Example:
              zoo version --json
            """)

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let version = CoreVersion.current.description
        session.say("zoo \(version), families: \(session.registry.identifiers.joined(separator: ", "))")
        session.sayQuietly(version)
        return .object([
            "version": .string(version), "families": .strings(session.registry.identifiers),
            "manifest_format": .integer(Manifest.formatVersion),
            "store_version": .integer(Store.version), "threads": .integer(Threads.count),
        ])
    }
}
