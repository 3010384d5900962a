import ArgumentParser
import ModelZoo
import ZooTensor

/// `zoo family list|show`
struct FamilyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "family",
        abstract: "Show the families of models that this program knows.",
        discussion: """
            A family is the code that all checkpoints of one architecture share. An
            outside package adds one with an executable of its own:
            ZooCommand.main(families: [MyFamily.self]); see "Adding a family"
            in the documentation.

            Examples:
              zoo family list
              zoo family show NAME
            """,
        subcommands: [List.self, Show.self])

    /// `zoo family list`
    struct List: Verb {
        static let schema = "family.list"
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the families.",
            discussion: """
                Example:
                  zoo family list
                """,
            aliases: ["ls"])

        @OptionGroup var global: GlobalOptions

        func run(_ session: Session) throws -> JSON {
            var table = Table([("FAMILY", .left), ("MODEL TYPES", .left), ("SUMMARY", .left)])
            for family in session.registry.families {
                table.add([family.identifier, family.modelTypes.sorted().joined(separator: ", "), family.summary])
                session.sayQuietly(family.identifier)
            }
            for line in table.lines(session.style) { session.say(line) }
            return .array(session.registry.families.map { .object(Show.description($0)) })
        }
    }

    /// `zoo family show NAME`
    struct Show: Verb {
        static let schema = "family.show"
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show one family.",
            discussion: """
                Example:
                  zoo family show NAME
                """)

        @Argument(help: "The family's name.")
        var name: String

        @OptionGroup var global: GlobalOptions

        func run(_ session: Session) throws -> JSON {
            let family = try session.registry.family(named: name)
            session.say("\(session.style.bold(family.identifier)): \(family.summary)")
            session.say("  model types: \(family.modelTypes.sorted().joined(separator: ", "))")
            session.say("  architectures: \(family.architectures.backbone), \(family.architectures.classifier)")
            if !family.freshWithHead.isEmpty {
                session.say("  new with a head where missing: \(family.freshWithHead.joined(separator: ", "))")
            }
            session.sayQuietly(family.identifier)
            return .object(Self.description(family))
        }

        static func description(_ family: any ModelFamily.Type) -> JSONObject {
            [
                "name": .string(family.identifier), "summary": .string(family.summary), "model_types": .strings(family.modelTypes.sorted()),
                "architectures": .strings([family.architectures.backbone, family.architectures.classifier]),
            ]
        }
    }
}
