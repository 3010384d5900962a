import ModelZoo
import ZooNN
import ZooTensor

/// What becomes of inputs that nothing is left of.
extension FamilyChecker {
    func emptyInputs() throws -> Finding {
        guard Family.InputTokenizer.inputKind == .text else {
            let lengths = encoded.map(model.tokenizer.length)
            return Finding(lengths.allSatisfy { $0 > 0 } ? [] : ["inputs have \(lengths) rows"], otherwise: "every input has rows")
        }
        let inputs: [Input] = [.text(""), .text(" \t\n"), .textPair("", "")]
        var problems: [String] = []
        var refused = 0
        let lone = try backbone.features(batch([0]), Pass(backbone.weights)).tokens.value.elements
        for input in inputs {
            guard let empty = try accepted(input, model.tokenizer, &problems) else {
                refused += 1
                continue
            }
            let alone = try features([empty])
            let among = try features([empty, encoded[0], empty])
            let (rows, width) = (model.tokenizer.length(empty), backbone.configuration.width)
            guard alone.count == rows * width, among.count == 2 * alone.count + lone.count else {
                problems.append("\(input): \(rows) rows are told, the features are of other ones")
                continue
            }
            if !alone.allSatisfy(\.isFinite) { problems.append("\(input): its features are not finite") }
            let parts = [
                (among.prefix(alone.count), alone), (among.dropFirst(alone.count).prefix(lone.count), lone),
                (among.suffix(alone.count), alone),
            ]
            for (found, expected) in parts {
                let difference = largestDifference(found, expected[...], magnitude: magnitude(lone))
                if !(difference <= 1e-6) { problems.append("\(input): features differ by \(short(difference)) among other inputs") }
            }
        }
        let bare = try withoutSpecialTokens(inputs, &problems)
        return Finding(problems, otherwise: "\(refused) of \(inputs.count) are refused; without special tokens \(bare)")
    }

    /// An input as the tokenizer takes it; nil if it is refused as it should be.
    private func accepted(
        _ input: Input, _ tokenizer: Family.InputTokenizer, _ problems: inout [String]
    ) throws -> Family.InputTokenizer.Encoded? {
        do {
            let encoded = try tokenizer.accepted(input)
            if tokenizer.length(encoded) > 0 { return encoded }
            problems.append("\(input) has no rows and is not refused")
        } catch let error as any ZooError where error.exitCode == .data || error.exitCode == .usage {
            // Refused. A family may take no pairs.
        }
        return nil
    }

    private func features(_ inputs: [Family.InputTokenizer.Encoded]) throws -> [Float] {
        let batch = try model.tokenizer.batch(model.tokenizer.prepare(inputs), reserving: inputs.count)
        return backbone.features(batch, Pass(backbone.weights)).tokens.value.elements
    }

    /// The same questions to a tokenizer of the same words whose template is the text alone.
    ///
    /// - Returns: what became of them.
    private func withoutSpecialTokens(_ inputs: [Input], _ problems: inout [String]) throws -> String {
        guard let text = model.tokenizer as? TextTokenizer else { return "nothing is known of its files" }
        let folder = try TemporaryFolder()
        for (name, path) in fixture.assets.paths where name.hasSuffix(".json") && !name.hasSuffix("index.json") && !name.contains("/") {
            try folder.write(name, readFile(path))
        }
        try folder.write("tokenizer.json", Self.bareTokenizer(text.words).serialized())
        let tokenizer: Family.InputTokenizer
        do {
            tokenizer = try Family.tokenizer(model.configuration, Assets(folder: folder.path), TokenizerOptions())
        } catch let error as any ZooError {
            return "the file is refused (\(error.code))"
        }
        var refused = 0
        for input in inputs {
            if try accepted(input, tokenizer, &problems) == nil { refused += 1 }
        }
        return "\(refused)"
    }

    /// A `tokenizer.json` of a vocabulary with nothing around the texts.
    private static func bareTokenizer(_ words: WordPieceTokenizer) -> JSON {
        func text(_ name: String) -> JSON { .object(["Sequence": .object(["id": .string(name), "type_id": .integer(0)])]) }
        var vocabulary = JSONObject()
        for id in 0..<Int32(clamping: words.vocabularySize) {
            if let token = words.token(id) { vocabulary[token] = .integer(Int(id)) }
        }
        return .object([
            "normalizer": .object(["type": .string("BertNormalizer")]),
            "pre_tokenizer": .object(["type": .string("BertPreTokenizer")]),
            "post_processor": .object([
                "type": .string("TemplateProcessing"), "single": .array([text("A")]), "pair": .array([text("A"), text("B")]),
                "special_tokens": .object([:]),
            ]),
            "model": .object([
                "type": .string("WordPiece"), "unk_token": .string(words.token(words.unknownID) ?? "[UNK]"),
                "continuing_subword_prefix": .string("##"), "vocab": .object(vocabulary),
            ]),
        ])
    }
}
