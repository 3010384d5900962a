import ArgumentParser
import ModelZoo
import ZooNN
import ZooTensor
import ZooTraining

/// `zoo data show`
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Look at data as a model will see it.",
        discussion: """
            Examples:
              zoo data show photo-model --data photos --aug medium -o sheet.png
              zoo data show minilm --data train.csv --count 5
            """,
        subcommands: [Show.self])

    /// `zoo data show REF --data PATH`
    struct Show: Verb {
        static let schema = "data.show"
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show some examples as a model will see them in training.",
            discussion: """
                Texts are shown as tokens. Images go, with the names of their classes, to one
                picture (PNG): resized, cropped and varied in the way of a run with these
                settings in that epoch.

                Examples:
                  zoo data show photo-model --data photos -o sheet.png
                  zoo data show photo-model --data photos --aug strong --epoch 3 --count 40 -o sheet.png
                """)

        @Argument(help: "The model: an installed one or a folder.")
        var model: String

        @Option(name: .long, help: ArgumentHelp("The labelled data: see zoo finetune.", valueName: "path"))
        var data: String

        @OptionGroup(title: "Data") var columns: ColumnOptions

        @Option(name: .shortAndLong, help: ArgumentHelp("The picture to write; for images.", valueName: "file.png"))
        var output: String?

        @Option(name: .long, help: "How many examples to show.")
        var count = 24

        @Option(name: .long, help: "How images are varied: none, light, medium or strong (none).", transform: choice)
        var aug: Augmentation.Preset = .none

        @Option(name: .long, help: "The epoch, which decides how images are varied.")
        var epoch = 1

        @Option(name: .long, help: "Decides which examples are shown and how they are varied.")
        var seed: UInt64 = 42

        @Option(name: .long, help: ArgumentHelp("The largest number of tokens of one input.", valueName: "n"))
        var maxLength: Int?

        @Option(name: .long, help: ArgumentHelp("The edge in pixels that images get; the model's unless given.", valueName: "n"))
        var imgSize: Int?

        @OptionGroup var global: GlobalOptions

        func run(_ session: Session) throws -> JSON {
            guard (1...1000).contains(count), epoch >= 1 else {
                throw CommandError.usage(message: "--count: expected 1 to 1000, --epoch: expected 1 or more", hint: nil)
            }
            let located = try LocatedModel(model, session)
            return try show(located.family, located, session)
        }

        private func show<Family: ModelFamily>(_ family: Family.Type, _ located: LocatedModel, _ session: Session) throws -> JSON {
            let examples = try DatasetReader.parts(
                data, kind: Family.inputKind, columns: columns.columns, header: !columns.noHeader, dialect: columns.dialect
            ).training
            for warning in examples.warnings { session.note(warning) }
            let tokenizer = try Model<Family>.tokenizer(located.assets, options: tokenizerOptions(maxLength, imageSize: imgSize))
            var order = Array(examples.examples.indices)
            var random = SplitMix64(RandomKey(seed: seed).derived("shown"))
            random.shuffle(&order)
            let chosen = order.prefix(count).map { examples.examples[$0] }
            let previews = try previews(chosen, tokenizer)
            var pictures: [(image: PixelImage, caption: String)] = []
            var documents: [JSON] = []
            var numbers: [Int: String] = [:]
            for (example, preview) in zip(chosen, previews) {
                let label = example.label.map { examples.labels[$0] } ?? "-"
                var document = example.input.json
                document["label"] = .string(label)
                if let text = preview.text {
                    session.say("\(session.style.bold(plain(label))): \(plain(text, limit: 2000))")
                    document["tokens"] = .string(text)
                }
                if let image = preview.image {
                    // The letters of a picture are few; a number stands for the class then.
                    var caption = label
                    if let number = example.label, !ContactSheet.canWrite(label) {
                        caption = "#\(number + 1)"
                        numbers[number + 1] = label
                    }
                    pictures.append((image, caption))
                }
                documents.append(.object(document))
            }
            if pictures.isEmpty && output != nil {
                throw CommandError.usage(message: "--output is for pictures, but there are none", hint: nil)
            }
            if !pictures.isEmpty {
                guard let output else {
                    throw CommandError.usage(message: "images need a file to be shown in", hint: "name one with --output FILE.png")
                }
                let columns = max(1, Int(Double(pictures.count).squareRoot().rounded(.up)))
                try writeOutput(output, ImageDecoder.png(ContactSheet.make(pictures, columns: columns)))
                session.say("\(session.style.bold(plain(output))) shows \(counted(pictures.count, "image", "images"))")
                for (number, label) in numbers.sorted(by: { $0.key < $1.key }) { session.say("  #\(number) is \(plain(label))") }
                session.sayQuietly(output)
            }
            return .object([
                "data": .string(data), "examples": .array(documents), "output": output.map { .string($0) } ?? .null,
            ])
        }

        /// The examples as a batch of one epoch, varied and mixed as the settings say.
        private func previews<InputTokenizer: Tokenizer>(_ examples: [Example], _ tokenizer: InputTokenizer) throws -> [Preview] {
            let augmentation = Augmentation(aug)
            if !InputTokenizer.canAugment && aug != .none {
                throw CommandError.usage(
                    message: "--aug is for images, but the model reads \(InputTokenizer.inputKind.rawValue)s", hint: nil)
            }
            let inputs = try examples.map { try tokenizer.encode($0.input) }
            let feed = InputFeed(tokenizer, inputs, augmentation, seed: seed)
            let batch = BatchRequest(epoch: epoch, number: 0, places: Array(inputs.indices))
            return try feed.batch(batch, next: nil, labels: Array(repeating: 0, count: inputs.count)).prepared.map(tokenizer.preview)
        }
    }
}
