import ZooNN
import ZooTensor

/// How a sequence's tokens become one vector.
///
/// The folders of sentence-transformers tell it in files beside the weights.
public enum Pooling: String, Sendable, Hashable, CaseIterable {
    /// The mean over the tokens.
    case mean
    /// The first token, which BERT calls `[CLS]`.
    case cls
    /// What the family's own pooler makes of a sequence for the head that it publishes.
    case pooled

    /// As a head sums a sequence up.
    init(_ summary: ClassificationHead.Summary) {
        switch summary {
        case .mean: self = .mean
        case .firstToken: self = .cls
        case .pooled: self = .pooled
        }
    }

    /// What a head reads that sums a sequence up like this.
    var summary: ClassificationHead.Summary {
        switch self {
        case .mean: .mean
        case .cls: .firstToken
        case .pooled: .pooled
        }
    }

    /// What must be read of the features.
    var reading: Reading {
        switch self {
        case .mean: .everyToken
        case .cls: .firstToken
        case .pooled: .pooled
        }
    }

    private static let folder = "1_Pooling/config.json"

    /// What the model's own files say.
    ///
    /// - Parameter standard: what is taken where they say nothing.
    /// - Throws: `ModelError.pooling` (exit code of `.incompatible`) for all that is neither the mean nor the first token.
    public static func stated(by assets: Assets, otherwise standard: Pooling) throws -> Pooling {
        try stated(by: assets) ?? standard
    }

    /// What the model's own files say; nil where they say nothing.
    ///
    /// - Throws: as ``stated(by:otherwise:)``.
    public static func stated(by assets: Assets) throws -> Pooling? {
        if assets.contains("modules.json") {
            for module in try assets.json("modules.json").array ?? [] {
                let type = module["type"]?.string?.split(separator: ".").last.map(String.init) ?? ""
                guard ["Transformer", "Pooling", "Normalize"].contains(type) else {
                    throw ModelError.pooling(file: assets.label("modules.json"), key: "a module", found: type)
                }
            }
        }
        guard assets.contains(folder) else { return nil }
        let modes =
            try assets.json(folder).object?.pairs.filter { $0.key.hasPrefix("pooling_mode_") && $0.value == .bool(true) }.map(\.key) ?? []
        switch modes {
        case ["pooling_mode_mean_tokens"]: return .mean
        case []: return nil
        case ["pooling_mode_cls_token"]: return .cls
        default: throw ModelError.pooling(file: assets.label(folder), key: "the pooling", found: modes.joined(separator: ", "))
        }
    }

    /// The length that the model's own files ask for.
    public static func maxLength(statedBy assets: Assets) throws -> Int? {
        guard assets.contains("sentence_bert_config.json"),
            let length = try assets.json("sentence_bert_config.json")["max_seq_length"]?.integer, length >= 3
        else { return nil }
        return length
    }
}
