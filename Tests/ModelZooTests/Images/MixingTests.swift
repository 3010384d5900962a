import ModelZoo
import Testing
import ZooNN
import ZooTensor

@Suite("Mixing of images")
struct MixingTests {
    private static let size = ImageProcessor.Size(width: 36, height: 28)
    private static let byteCount = 3 * 36 * 28

    private let tokenizer: ImageTokenizer

    init() throws {
        tokenizer = try ImageTokenizer(
            ImageProcessor(size: Self.size), size: Self.size, patchSize: 4, prefixTokens: 1, file: "preprocessor_config.json")
    }

    /// An image of bytes in the model's size.
    private func prepared(_ pixels: [UInt8]) throws -> ImageTokenizer.Prepared {
        let image = PixelImage(width: Self.size.width, height: Self.size.height, pixels: pixels)
        return try tokenizer.prepare(tokenizer.encode(.image(ImageSource(name: "image", image))), nil)
    }

    private func plain(_ value: UInt8) throws -> ImageTokenizer.Prepared { try prepared([UInt8](repeating: value, count: Self.byteCount)) }

    private func pattern(_ step: Int) throws -> ImageTokenizer.Prepared {
        try prepared((0..<Self.byteCount).map { UInt8($0 * step % 251) })
    }

    /// How so many batches are mixed.
    private static func mixings(_ count: Int, _ change: (inout Augmentation) -> Void) -> [Mixing] {
        var augmentation = Augmentation()
        change(&augmentation)
        let settings = augmentation
        return (0..<count).compactMap { settings.mixing(epoch: 1, RandomKey(seed: UInt64($0))) }
    }

    // MARK: random numbers

    @Test("mixup: shares of the beta distribution", arguments: [0.2, 1, 3])
    func mixup(alpha: Double) {
        let mixings = Self.mixings(10_000) { $0.mixup = alpha }
        #expect(mixings.count == 10_000 && mixings.allSatisfy { $0.patch == nil && (0...1).contains($0.share) })
        let distances = mixings.map { $0.share - 0.5 }
        let mean = distances.reduce(0, +) / 10_000
        let variance = distances.map { $0 * $0 }.reduce(0, +) / 10_000
        #expect(abs(mean) < 0.03, "\(mean)")
        #expect(abs(variance - 1 / (8 * alpha + 4)) < 0.01, "\(variance)")
    }

    @Test("CutMix: a patch inside the image, whose area is the share of the other one", arguments: [0.2, 1])
    func cutmix(alpha: Double) throws {
        let mixings = Self.mixings(1000) { $0.cutmix = alpha }
        #expect(mixings.count == 1000)
        for mixing in mixings {
            let patch = try #require(mixing.patch)
            for side in [patch.x, patch.y] { #expect(side.lowerBound >= 0 && side.upperBound <= 1) }
            let area = (patch.x.upperBound - patch.x.lowerBound) * (patch.y.upperBound - patch.y.lowerBound)
            #expect((0...1).contains(mixing.share) && abs(area - (1 - mixing.share)) < 1e-12)
        }
        let shares = mixings.map(\.share)
        #expect((shares.min() ?? 1) < 0.5 && (shares.max() ?? 0) > 0.9)
    }

    @Test("when both are on, each takes about half of the batches")
    func both() {
        let mixings = Self.mixings(2000) {
            $0.mixup = 0.2
            $0.cutmix = 1
        }
        #expect(mixings.count == 2000)
        #expect((850...1150).contains(mixings.count { $0.patch != nil }))
    }

    @Test("nothing is mixed from mixingOffEpoch on, nor without mixup and CutMix")
    func off() {
        let key = RandomKey(seed: 1)
        var augmentation = Augmentation(.strong)
        func mixes(_ epoch: Int) -> Bool { augmentation.mixing(epoch: epoch, key) != nil }
        #expect(mixes(1) && mixes(1000))
        augmentation.mixingOffEpoch = 3
        #expect((1...5).map(mixes) == [true, true, false, false, false])
        augmentation.mixingOffEpoch = 1
        #expect(!mixes(1))
        augmentation = Augmentation(.medium)
        #expect(!mixes(1))
    }

    // MARK: pixels

    @Test("the share of the labels is exactly that of the pixels")
    func shareOfPixels() throws {
        let (first, second) = (try plain(200), try plain(10))
        var changed = 0
        for mixing in Self.mixings(200, { $0.cutmix = 1 }) {
            let fitted = tokenizer.fitted(mixing)
            let image = try #require(tokenizer.preview(tokenizer.mix(first, with: second, fitted)).image)
            let pixels = image.pixels
            let replaced = pixels.count { $0 == 10 }
            #expect(pixels.allSatisfy { $0 == 10 || $0 == 200 } && fitted.patch == mixing.patch)
            #expect(fitted.share == 1 - Double(replaced / 3) / Double(Self.byteCount / 3))
            if fitted.share != mixing.share { changed += 1 }
        }
        #expect(changed > 100, "nearly no patch has whole pixels by chance")

        #expect(tokenizer.fitted(Mixing(share: 0.3)) == Mixing(share: 0.3))
        // What is beyond the edges does not count, and a patch may be too thin for a pixel.
        #expect(tokenizer.fitted(Mixing(share: 0, patch: Mixing.Patch(x: -1..<0.5, y: 0..<2))).share == 0.5)
        #expect(tokenizer.fitted(Mixing(share: 0.9, patch: Mixing.Patch(x: 0.5..<0.501, y: 0..<1))).share == 1)
    }

    @Test("mixup: values are the weighted sum of both", arguments: [0, 0.25, 0.7, 1])
    func sum(share: Double) throws {
        let (first, second) = (try pattern(7), try pattern(11))
        let (a, b) = (try tokenizer.batch([first]).patches.elements, try tokenizer.batch([second]).patches.elements)
        let mixed = tokenizer.mix(first, with: second, Mixing(share: share))
        let both = try tokenizer.batch([second, mixed]).patches.elements
        #expect(a.count == Self.byteCount && a != b && both.count == 2 * a.count)
        #expect(both.prefix(a.count).elementsEqual(b))
        let expected = zip(a, b).map { Float(share) * $0 + Float(1 - share) * $1 }
        let differences = zip(both.suffix(a.count), expected).map { abs($0 - $1) }
        #expect((differences.max() ?? .infinity) <= 1e-5)
    }

    @Test("mixup: the image for people is the weighted sum too")
    func preview() throws {
        let mixed = tokenizer.mix(try plain(200), with: try plain(10), Mixing(share: 0.25))
        let image = try #require(tokenizer.preview(mixed).image)
        #expect(image.pixels.allSatisfy { $0 == 58 })
    }

    @Test("CutMix: values are those of the image that people see")
    func cut() throws {
        let patch = Mixing.Patch(x: 0.1..<0.6, y: 0.3..<0.9)
        let mixed = tokenizer.mix(try pattern(7), with: try pattern(11), Mixing(share: 0.7, patch: patch))
        let image = try #require(tokenizer.preview(mixed).image)
        let alone = try tokenizer.batch([prepared(image.pixels)]).patches.elements
        #expect(try tokenizer.batch([mixed]).patches.elements == alone)
    }
}
