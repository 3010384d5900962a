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

        MODEL is a folder. A line of TEXTS is {"text": …, "pair": …?, "max": …?}, a line of EXAMPLES {"text": …, "label": …}.

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
            default: quit(usage, .usage)
            }
        } catch let error as any ZooError {
            quit("zoo-parity: \(error)\n", error.exitCode)
        } catch {
            quit("zoo-parity: \(error)\n", .internalError)
        }
    }

    /// Ends the program with a message on the standard error stream.
    private static func quit(_ message: String, _ code: ExitCode) -> Never {
        let bytes = Array(message.utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(code.rawValue)
    }
}
