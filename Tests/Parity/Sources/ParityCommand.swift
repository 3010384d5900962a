import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// `zoo-parity`: computes with this package what `Tests/Parity/parity.py` computes with `transformers`, and writes it to files to be compared.
@main
enum ParityCommand {
    private static let usage = """
        zoo-parity tokens    MODEL TEXTS OUTPUT           the ids of texts, as JSON lines
        zoo-parity features  MODEL TEXTS OUTPUT           the last hidden states and their means
        zoo-parity logits    MODEL TEXTS OUTPUT           the pooled states and the logits of the published head
        zoo-parity gradients MODEL EXAMPLES OUTPUT        the loss of one batch and the gradient of every parameter
        zoo-parity train     MODEL EXAMPLES OUTPUT SETTINGS   a run of fine-tuning: OUTPUT/steps.jsonl and OUTPUT/model

        zoo-parity resize          CASES OUTPUT                  the pixels of images, decoded and resized
        zoo-parity pixels          MODEL IMAGES OUTPUT           what the model's preparation makes of images
        zoo-parity image-logits    MODEL IMAGES OUTPUT [SIZE]    the logits, and the last hidden states of the first images
        zoo-parity image-gradients MODEL EXAMPLES OUTPUT         the loss of one batch and the gradient of every parameter
        zoo-parity positions       MODEL SIZE OUTPUT             the position embeddings for a size of images
        zoo-parity rewrite         MODEL OUTPUT                  the model, written again to the folder OUTPUT

        MODEL is a folder. A line of TEXTS is {"text": …, "pair": …?, "max": …?}, a line of EXAMPLES {"text": …, "label": …}.
        Of images: a line of IMAGES is {"image": …}, of EXAMPLES {"image": …, "label": …}, and of CASES
        {"image": …, "width": …?, "height": …?, "filter": …?}. SIZE is an edge in pixels.

        """

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch (arguments.first, arguments.count) {
            case ("tokens", 4): try TokensCommand.run(model: arguments[1], texts: arguments[2], output: arguments[3])
            case ("features", 4): try FeaturesCommand.run(model: arguments[1], texts: arguments[2], output: arguments[3])
            case ("logits", 4): try LogitsCommand.run(model: arguments[1], texts: arguments[2], output: arguments[3])
            case ("gradients", 4): try GradientsCommand.run(model: arguments[1], examples: arguments[2], output: arguments[3])
            case ("train", 5):
                try TrainCommand.run(model: arguments[1], examples: arguments[2], output: arguments[3], settings: arguments[4])
            case ("resize", 3): try ResizeCommand.run(cases: arguments[1], output: arguments[2])
            case ("pixels", 4): try PixelsCommand.run(model: arguments[1], images: arguments[2], output: arguments[3])
            case ("image-logits", 4), ("image-logits", 5):
                let size = arguments.count == 5 ? number(arguments[4]) : nil
                try ImageLogitsCommand.run(model: arguments[1], images: arguments[2], output: arguments[3], size: size)
            case ("image-gradients", 4):
                try ImageGradientsCommand.run(model: arguments[1], examples: arguments[2], output: arguments[3])
            case ("positions", 4):
                try PositionsCommand.run(model: arguments[1], size: number(arguments[2]), output: arguments[3])
            case ("rewrite", 3): try RewriteCommand.run(model: arguments[1], output: arguments[2])
            default: quit(usage, .usage)
            }
        } catch let error as any ZooError {
            quit("zoo-parity: \(error)\n", error.exitCode)
        } catch {
            quit("zoo-parity: \(error)\n", .internalError)
        }
    }

    /// The number that an argument is; ends the program if it is none.
    private static func number(_ argument: String) -> Int {
        guard let value = Int(argument) else { quit("zoo-parity: expected a number, found \"\(argument)\"\n", .usage) }
        return value
    }

    /// Ends the program with a message on the standard error stream.
    private static func quit(_ message: String, _ code: ExitCode) -> Never {
        let bytes = Array(message.utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(code.rawValue)
    }
}
