import ArgumentParser
import ModelZoo

/// The root of the command.
struct Zoo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zoo",
        abstract: "Fine-tune pretrained transformers on your own data, on this machine.",
        discussion: """
            A short walk:

              zoo search minilm                               what can be fetched
              zoo fetch all-MiniLM-L6-v2 --as minilm          install a pretrained model
              zoo import ./all-MiniLM-L6-v2 --as minilm       the same from a folder
              zoo finetune minilm --train train.csv --out tickets
                                                              teach it your classes
              zoo evaluate tickets --data test.csv            measure it on new data
              zoo predict tickets "where is my order?"        ask it
              zoo export tickets --format zoo -o tickets.zoo  one file to give to others

            A model is named as name[:tag][@sha256:digest]; a path starts with ./, ../ or
            /. Data are tables (.csv, .tsv, .txt, .jsonl, .json), and for models of images folders
            with a sub-folder for each class or archives of such. With --json, every command
            prints one JSON document.

            Exit codes: 0 done, 1 a bug, 2 wrong usage, 3 not found, 4 damaged file, 5 not
            the model asked for, 6 network, 7 no space or memory, 8 unknown family or version, 9
            unusable data, 10 training diverged, 11 something is in the way, 12 refused, 130 and
            143 broken off.
            """,
        version: CoreVersion.current.description,
        subcommands: [
            SearchCommand.self, FetchCommand.self, ImportCommand.self, ListCommand.self, ShowCommand.self, DiffCommand.self,
            VerifyCommand.self, TagCommand.self,
            RemoveCommand.self, GarbageCommand.self, SourceCommand.self, KeyCommand.self, PushCommand.self, FinetuneCommand.self,
            RunsCommand.self,
            EvaluateCommand.self,
            PredictCommand.self, EmbedCommand.self, ExportCommand.self, PackCommand.self, DataCommand.self,
            FamilyCommand.self, BenchCommand.self,
            VersionCommand.self,
        ])

    /// What may stand as the first word.
    static let words = words(of: Zoo.self)

    /// The command of that name that only holds others, as `zoo family`; nil if there is none.
    static func group(_ name: String) -> (any ParsableCommand.Type)? {
        configuration.subcommands.first { $0._commandName == name && !$0.configuration.subcommands.isEmpty }
    }

    /// The names of a command's subcommands.
    static func words(of command: any ParsableCommand.Type) -> [String] {
        command.configuration.subcommands.flatMap { [$0._commandName] + $0.configuration.aliases } + ["help"]
    }
}
