import ZooNN
import ZooTensor

/// Made-up inputs, the same on every machine: sentences of common words, or images of coloured noise.
public enum SyntheticInputs {
    private static let words = [
        "the", "a", "and", "of", "to", "is", "in", "that", "it", "as", "with", "for", "film", "but", "this", "an", "you", "its", "on", "be",
        "by", "has", "more", "one", "not", "at", "from", "than", "are", "all", "like", "movie", "so", "or", "about", "have", "story", "if",
        "into", "good",
        "time", "work", "long", "house", "water", "city", "people", "world", "day", "little",
    ]

    /// So many inputs of a kind, for measuring.
    public static func make(_ kind: InputKind, count: Int) -> [Input] {
        switch kind {
        case .text: return texts(count)
        case .image: return images(count)
        }
    }

    /// Images of 256 x 256 pixels, of which a few are used again and again.
    private static func images(_ count: Int) -> [Input] {
        var random = SplitMix64(RandomKey(seed: 7))
        let sources = (0..<min(count, 16)).map { number in
            let pixels = (0..<3 * 256 * 256).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            return ImageSource(name: "noise \(number)", PixelImage(width: 256, height: 256, pixels: pixels))
        }
        return (0..<count).map { .image(sources[$0 % sources.count]) }
    }

    /// Texts of 4 to 50 words, 21 on average: the lengths of single sentences in reviews.
    private static func texts(_ count: Int) -> [Input] {
        var random = SplitMix64(RandomKey(seed: 7))
        func next(_ bound: Int) -> Int { random.index(below: bound) }
        return (0..<count).map { _ in
            // The least of two uniform numbers leans to the short side.
            let length = 4 + min(next(47), next(47)) + next(4)
            return .text((0..<length).map { _ in words[next(words.count)] }.joined(separator: " "))
        }
    }
}
