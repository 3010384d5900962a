import ModelZoo
import Testing
import ZooNN
import ZooTensor

@Suite("Image augmentation")
struct AugmentationTests {
    /// An image whose bytes follow a formula, 20 to 209, with fine and coarse structure.
    private static let photo = PixelImage(width: 40, height: 30, pixels: (0..<3600).map(photoByte))

    private static func photoByte(_ place: Int) -> UInt8 {
        let (fine, middle, coarse) = (place * place % 101, place * 7 % 83, place / 40)
        return UInt8(20 + (fine + middle + coarse) % 190)
    }

    /// Sizes at which a careless operation reads what is not there.
    private static let oddSizes = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 7), (1, 500), (500, 1)]

    private static let outside: (UInt8, UInt8, UInt8) = (1, 2, 3)

    private static func grey(_ rows: [[UInt8]]) -> PixelImage {
        PixelImage(width: rows[0].count, height: rows.count, pixels: rows.joined().flatMap { [$0, $0, $0] })
    }

    /// The red values, row by row.
    private static func reds(_ image: PixelImage) -> [[UInt8]] {
        (0..<image.height).map { y in (0..<image.width).map { x in image[x, y].red } }
    }

    private static func areEqual(_ first: PixelImage, _ second: PixelImage) -> Bool {
        first.width == second.width && first.height == second.height && first.pixels == second.pixels
    }

    private static func mirrored(_ image: PixelImage, horizontally: Bool = false, vertically: Bool = false) -> PixelImage {
        var pixels: [UInt8] = []
        for y in 0..<image.height {
            for x in 0..<image.width {
                let pixel = image[horizontally ? image.width - 1 - x : x, vertically ? image.height - 1 - y : y]
                pixels += [pixel.red, pixel.green, pixel.blue]
            }
        }
        return PixelImage(width: image.width, height: image.height, pixels: pixels)
    }

    private static func processor(width: Int, height: Int) -> ImageProcessor {
        ImageProcessor(size: ImageProcessor.Size(width: width, height: height), filter: .bilinear)
    }

    /// Leaves the size of `photo` as it is.
    private let unchanging = AugmentationTests.processor(width: 40, height: 30)

    // MARK: operations on hand-made images

    @Test("the bytes are Pillow's", arguments: pillow)
    func reference(operation: ImageOperation, amount: Double, expected: UInt64) {
        let image = operation(Self.photo, amount: amount, outside: Self.outside)
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a
        for byte in image.pixels { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        #expect(hash == expected)
    }

    /// The digests of what Pillow 13.0 (`ImageOps`, `ImageEnhance` with a factor of 1 + amount) makes of `photo`.
    private static let pillow: [(ImageOperation, Double, UInt64)] = [
        (.identity, 0, 0xBC6A_70CC_E4F6_F438),
        (.autoContrast, 0, 0x3D6E_6A12_5981_512B),
        (.equalize, 0, 0xC59C_CF27_4BDE_34A5),
        (.brightness, -0.9, 0x2DF7_1C46_196C_1435),
        (.brightness, -0.3, 0x4BF4_5AD6_2669_669C),
        (.brightness, 0.27, 0xCAF2_F831_17E6_0ABD),
        (.brightness, 0.9, 0x6D02_6DAE_CD96_2C79),
        (.colour, -0.9, 0xC1CB_36D7_84CB_8A1E),
        (.colour, -0.3, 0x026E_4D83_1C94_878C),
        (.colour, 0.27, 0xD08E_CC0E_8AE5_3A3F),
        (.colour, 0.9, 0x0628_66C4_0A7E_7953),
        (.contrast, -0.9, 0x6A83_8501_B5B9_588C),
        (.contrast, -0.3, 0x5538_41AA_6797_D794),
        (.contrast, 0.27, 0x3291_3F73_572C_CC96),
        (.contrast, 0.9, 0xBA4B_9A7C_AD1A_3CF7),
        (.sharpness, -0.9, 0xFBF0_540C_28F8_04FC),
        (.sharpness, -0.3, 0x582D_86AF_04C8_8C17),
        (.sharpness, 0.27, 0x6AB7_78C9_B97C_5632),
        (.sharpness, 0.9, 0x042F_3475_50C4_8CDC),
        (.posterize, 6, 0x4982_C2B2_1330_A98D),
        (.posterize, 4, 0x5B0B_E5EB_D427_3F75),
        (.solarize, 178.5, 0xBB5B_A659_4B29_01D4),
        (.solarize, 85, 0x0264_3E0D_62E8_F638),
    ]

    @Test("tables of bytes")
    func tables() {
        func result(_ operation: ImageOperation, _ amount: Double, _ row: [UInt8]) -> [UInt8] {
            Self.reds(operation(Self.grey([row]), amount: amount, outside: Self.outside))[0]
        }
        #expect(result(.posterize, 4, [0, 15, 16, 127, 128, 255]) == [0, 0, 16, 112, 128, 240])
        #expect(result(.posterize, 1, [0, 127, 128, 255]) == [0, 0, 128, 128])
        #expect(result(.posterize, 0, [0, 127, 128, 255]) == [0, 0, 0, 0])
        #expect(result(.solarize, 128, [0, 127, 128, 200, 255]) == [0, 127, 127, 55, 0])
        #expect(result(.solarize, 0, [0, 1, 255]) == [255, 254, 0])
        #expect(result(.autoContrast, 0, [100, 101, 103, 105]) == [0, 51, 153, 255])
        #expect(result(.autoContrast, 0, [77, 77]) == [77, 77])
        #expect(result(.brightness, -0.5, [0, 101, 255]) == [0, 50, 127])
        #expect(result(.brightness, 0.5, [0, 101, 200]) == [0, 151, 255])
        #expect(result(.contrast, -0.5, [100, 200]) == [125, 175])
        #expect(result(.contrast, 0.5, [100, 200]) == [75, 225])
        #expect(result(.contrast, -1, [0, 50]) == [25, 25])
    }

    @Test("equalize: of three values, the middle one goes to the middle; too few pixels leave an image as it is")
    func equalize() {
        let values = [UInt8](repeating: 10, count: 255) + [UInt8](repeating: 20, count: 255) + [UInt8](repeating: 30, count: 100)
        let image = ImageOperation.equalize(Self.grey([values]), amount: 0, outside: Self.outside)
        #expect(Set(image.pixels) == [0, 128, 255])
        #expect(image[0, 0].red == 0 && image[255, 0].green == 128 && image[510, 0].blue == 255)
        let small = Self.grey([[10, 20, 30]])
        #expect(Self.areEqual(ImageOperation.equalize(small, amount: 0, outside: Self.outside), small))
    }

    @Test("autoContrast stretches each channel for itself")
    func autoContrastOfChannels() {
        let image = PixelImage(width: 2, height: 1, pixels: [0, 50, 7, 255, 60, 7])
        #expect(ImageOperation.autoContrast(image, amount: 0, outside: Self.outside).pixels == [0, 0, 7, 255, 255, 7])
    }

    @Test("without colour, the primaries become their greys")
    func colour() {
        let image = PixelImage(width: 3, height: 1, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255])
        #expect(ImageOperation.colour(image, amount: -1, outside: Self.outside).pixels == [76, 76, 76, 150, 150, 150, 29, 29, 29])
    }

    @Test("smoothing and sharpening leave the border alone")
    func sharpness() {
        let image = Self.grey([[0, 0, 0], [0, 130, 0], [0, 0, 0]])
        func centre(_ amount: Double) -> [[UInt8]] { Self.reds(ImageOperation.sharpness(image, amount: amount, outside: Self.outside)) }
        #expect(centre(-1) == [[0, 0, 0], [0, 50, 0], [0, 0, 0]])
        #expect(centre(1) == [[0, 0, 0], [0, 210, 0], [0, 0, 0]])
    }

    @Test("turned, sheared and shifted images, and what fills them up")
    func geometry() {
        let image = Self.grey([[10, 20, 30], [40, 50, 60], [70, 80, 90]])
        func result(_ operation: ImageOperation, _ amount: Double) -> [[UInt8]] {
            Self.reds(operation(image, amount: amount, outside: (255, 0, 0)))
        }
        #expect(result(.rotate, 90) == [[30, 60, 90], [20, 50, 80], [10, 40, 70]])
        #expect(result(.rotate, -90) == [[70, 40, 10], [80, 50, 20], [90, 60, 30]])
        #expect(result(.rotate, 180) == [[90, 80, 70], [60, 50, 40], [30, 20, 10]])
        // The corners of the result show places just inside the border.
        #expect(result(.rotate, 45)[0][0] == 20 && result(.rotate, 45)[0][2] == 60 && result(.rotate, 45)[1][1] == 50)
        #expect(result(.shearX, 1) == [[255, 10, 20], [40, 50, 60], [80, 90, 255]])
        #expect(result(.shearX, 0.5) == [[10, 15, 25], [40, 50, 60], [75, 85, 255]])
        #expect(result(.shearY, 1) == [[255, 20, 60], [10, 50, 90], [40, 80, 255]])
        #expect(result(.translateX, 2) == [[255, 255, 10], [255, 255, 40], [255, 255, 70]])
        #expect(result(.translateX, -1.9) == [[20, 30, 255], [50, 60, 255], [80, 90, 255]])
        #expect(result(.translateY, 1) == [[255, 255, 255], [10, 20, 30], [40, 50, 60]])
        #expect(result(.translateY, -5) == [[UInt8]](repeating: [255, 255, 255], count: 3))
        let shifted = ImageOperation.translateX(image, amount: 1, outside: Self.outside)
        #expect(Array(shifted.pixels.prefix(6)) == [1, 2, 3, 10, 10, 10])
    }

    // MARK: amounts

    @Test("magnitudes mean what they mean upstream")
    func amounts() {
        func amount(_ operation: ImageOperation, _ magnitude: Int, _ reach: ImageOperation.Reach) -> Double {
            (operation.amount(magnitude: magnitude, reach, width: 331, height: 224) * 1e6).rounded() / 1e6
        }
        #expect(amount(.rotate, 9, .rand) == 9 && amount(.rotate, 30, .wide) == 135)
        #expect(amount(.shearX, 9, .rand) == 0.09 && amount(.shearY, 30, .wide) == 0.99)
        #expect(amount(.translateX, 30, .rand) == 150 && amount(.translateY, 30, .wide) == 32)
        #expect(amount(.brightness, 9, .rand) == 0.27 && amount(.sharpness, 30, .wide) == 0.99)
        #expect((0...30).map { amount(.posterize, $0, .rand) }.filter { $0 == 8 }.count == 4)
        #expect(amount(.posterize, 9, .rand) == 7 && amount(.posterize, 30, .rand) == 4 && amount(.posterize, 30, .wide) == 2)
        #expect(amount(.solarize, 0, .rand) == 255 && amount(.solarize, 9, .rand) == 178.5 && amount(.solarize, 30, .wide) == 0)
        #expect(amount(.rotate, 99, .rand) == 30 && amount(.rotate, -1, .rand) == 0)
    }

    @Test("a magnitude of zero gives the very image", arguments: ImageOperation.allCases, ImageOperation.Reach.allCases)
    func zero(operation: ImageOperation, reach: ImageOperation.Reach) {
        if operation == .autoContrast || operation == .equalize { return }
        let amount = operation.amount(magnitude: 0, reach, width: 40, height: 30)
        #expect(Self.areEqual(operation(Self.photo, amount: amount, outside: Self.outside), Self.photo))
        // White alone is inverted even by the least solarizing, as upstream.
        let white = Self.grey([[254, 255]])
        let expected: [[UInt8]] = operation == .solarize ? [[254, 0]] : [[254, 255]]
        #expect(Self.reds(operation(white, amount: amount, outside: Self.outside)) == expected)
    }

    @Test("the greatest magnitude changes an image, but never its size", arguments: ImageOperation.allCases, ImageOperation.Reach.allCases)
    func greatest(operation: ImageOperation, reach: ImageOperation.Reach) {
        for sign in operation.isSigned ? [1.0, -1] : [1.0] {
            let amount = sign * operation.amount(magnitude: 30, reach, width: 40, height: 30)
            let image = operation(Self.photo, amount: amount, outside: Self.outside)
            #expect(image.width == 40 && image.height == 30)
            #expect(Self.areEqual(image, Self.photo) == (operation == .identity))
            for (width, height) in Self.oddSizes {
                let small = PixelImage(width: width, height: height, pixels: Self.photo.pixels.prefix(3 * width * height))
                let amount = sign * operation.amount(magnitude: 30, reach, width: width, height: height)
                let result = operation(small, amount: amount, outside: Self.outside)
                #expect(result.width == width && result.height == height)
            }
        }
    }

    @Test("amounts without sense do no harm", arguments: ImageOperation.allCases)
    func senseless(operation: ImageOperation) {
        for amount in [.nan, .infinity, -.infinity, 1e300, -1e300, 1e-300] as [Double] {
            let image = operation(Self.photo, amount: amount, outside: Self.outside)
            #expect(image.width == 40 && image.height == 30)
            if !amount.isFinite { #expect(Self.areEqual(image, Self.photo)) }
        }
    }

    // MARK: the random part

    @Test("a random part's area and proportions stay in their ranges")
    func partsInRange() {
        let crop = Augmentation.RandomCrop(area: 0.3...0.6, ratio: 0.8...1.25)
        var shares: [Double] = []
        var lefts: Set<Int> = []
        for seed in UInt64(0)..<500 {
            var random = SplitMix64(seed: seed)
            let part = crop.part(width: 1000, height: 800, &random)
            #expect(part.x >= 0 && part.y >= 0 && part.x + part.width <= 1000 && part.y + part.height <= 800)
            let share = Double(part.width * part.height) / 800_000
            let ratio = Double(part.width) / Double(part.height)
            #expect(share > 0.298 && share < 0.602 && ratio > 0.796 && ratio < 1.256)
            shares.append(share)
            lefts.insert(part.x)
        }
        #expect((shares.min() ?? 1) < 0.31 && (shares.max() ?? 0) > 0.58 && lefts.count > 100)
        #expect(abs(shares.reduce(0, +) / 500 - 0.45) < 0.015)
    }

    @Test("where no random part fits, the middle is taken")
    func middle() {
        func part(_ width: Int, _ height: Int, _ crop: Augmentation.RandomCrop) -> [Int] {
            var random = SplitMix64(seed: 1)
            let part = crop.part(width: width, height: height, &random)
            return [part.x, part.y, part.width, part.height]
        }
        #expect(part(1, 500, Augmentation.RandomCrop()) == [0, 249, 1, 1])
        #expect(part(500, 1, Augmentation.RandomCrop()) == [249, 0, 1, 1])
        #expect(part(8, 6, Augmentation.RandomCrop(area: 1...1, ratio: 1...1)) == [1, 0, 6, 6])
        #expect(part(8, 6, Augmentation.RandomCrop(area: 1...1, ratio: 2...2)) == [0, 1, 8, 4])
        #expect(part(1, 1, Augmentation.RandomCrop(area: 0.001...0.001, ratio: 5...5)) == [0, 0, 1, 1])
        #expect(part(7, 5, Augmentation.RandomCrop(area: -1...0, ratio: -2 ... .infinity)) == [0, 0, 7, 5])
    }

    // MARK: all together

    @Test("medium keeps photos as they are: white stays light, black stays dark, nothing is covered")
    func mediumIsMild() {
        let processor = Self.processor(width: 24, height: 24)
        for (value, allowed) in [(UInt8(255), UInt8(150)...255), (UInt8(0), UInt8(0)...60)] {
            let image = PixelImage(width: 30, height: 30, pixels: [UInt8](repeating: value, count: 3 * 30 * 30))
            for seed in UInt64(0)..<100 {
                let varied = Augmentation(.medium).apply(to: image, processor, RandomKey(seed: seed)).pixels
                #expect(varied.allSatisfy(allowed.contains), "seed \(seed): \(varied[0])")
            }
        }
    }

    @Test("equal keys give equal bytes, other keys others", arguments: [Augmentation.Preset.light, .medium, .strong])
    func keys(preset: Augmentation.Preset) {
        let augmentation = Augmentation(preset)
        let processor = Self.processor(width: 24, height: 20)
        var seen: Set<[UInt8]> = []
        for seed in UInt64(0)..<20 {
            let first = augmentation.apply(to: Self.photo, processor, RandomKey(seed: seed))
            #expect(first.width == 24 && first.height == 20)
            #expect(Self.areEqual(first, augmentation.apply(to: Self.photo, processor, RandomKey(seed: seed))))
            seen.insert(first.pixels)
        }
        #expect(seen.count == 20)
    }

    @Test("no variation prepares as in prediction")
    func none() {
        for processor in [unchanging, Self.processor(width: 17, height: 9)] {
            let image = Augmentation().apply(to: Self.photo, processor, RandomKey(seed: 1))
            #expect(Self.areEqual(image, processor(Self.photo)))
        }
    }

    @Test("switching other variations on leaves the random part as it was", arguments: UInt64(1)...8)
    func independence(seed: UInt64) {
        let processor = Self.processor(width: 24, height: 20)
        let key = RandomKey(seed: seed)
        func result(_ change: (inout Augmentation) -> Void) -> PixelImage {
            var augmentation = Augmentation()
            augmentation.crop = Augmentation.RandomCrop(area: 0.1...0.5)
            change(&augmentation)
            return augmentation.apply(to: Self.photo, processor, key)
        }
        let part = result { _ in }
        #expect(!Self.areEqual(part, processor(Self.photo)))
        #expect(Self.areEqual(result { $0.horizontalFlip = 1 }, Self.mirrored(part, horizontally: true)))
        #expect(Self.areEqual(result { $0.verticalFlip = 1 }, Self.mirrored(part, vertically: true)))
        #expect(Self.areEqual(result { $0.policy = .rand(operations: 0, magnitude: 9) }, part))
        let erased = result { $0.erasing = 1 }
        let kept = zip(part.pixels, erased.pixels).count { $0 == $1 }
        #expect(kept >= part.pixels.count / 2 && kept < part.pixels.count)
        // The same operations, whether or not the image was mirrored before them; these three do not care where a pixel is.
        let jittered = result { $0.colourJitter = 0.4 }
        #expect(!Self.areEqual(jittered, part))
        let both = result {
            $0.colourJitter = 0.4
            $0.horizontalFlip = 1
        }
        #expect(Self.areEqual(both, Self.mirrored(jittered, horizontally: true)))
    }

    @Test("flips happen as often as they should, each for itself")
    func flips() {
        var augmentation = Augmentation()
        augmentation.horizontalFlip = 0.25
        augmentation.verticalFlip = 0.5
        let image = Self.grey([[1, 2], [3, 4]])
        let processor = Self.processor(width: 2, height: 2)
        var counts: [[[UInt8]]: Int] = [:]
        for seed in UInt64(0)..<2000 {
            counts[Self.reds(augmentation.apply(to: image, processor, RandomKey(seed: seed))), default: 0] += 1
        }
        #expect(counts.count == 4)
        let expected: [([[UInt8]], Int)] = [
            ([[1, 2], [3, 4]], 750), ([[2, 1], [4, 3]], 250), ([[3, 4], [1, 2]], 750), ([[4, 3], [2, 1]], 250),
        ]
        for (rows, count) in expected { #expect(abs(counts[rows, default: 0] - count) < 100) }
    }

    @Test("brightness changes by at most the share, and by all of it")
    func jitter() {
        // Of a uniform grey, contrast and saturation leave all as it is.
        var augmentation = Augmentation()
        augmentation.colourJitter = 0.3
        let image = Self.grey([[100]])
        let processor = Self.processor(width: 1, height: 1)
        let values = (UInt64(0)..<500).map { augmentation.apply(to: image, processor, RandomKey(seed: $0))[0, 0].red }
        #expect(values.allSatisfy { (69...130).contains($0) })
        #expect((values.min() ?? 255) < 73 && (values.max() ?? 0) > 127)
    }

    @Test("erasing fills one rectangle of 2 to 33 % with noise", arguments: UInt64(1)...40)
    func erasing(seed: UInt64) {
        var augmentation = Augmentation()
        augmentation.erasing = 1
        let image = PixelImage(width: 40, height: 30, pixels: [UInt8](repeating: 7, count: 3600))
        let result = augmentation.apply(to: image, unchanging, RandomKey(seed: seed))
        var changed: [(x: Int, y: Int)] = []
        for y in 0..<30 {
            for x in 0..<40 where result[x, y] != (7, 7, 7) { changed.append((x, y)) }
        }
        let columns = Set(changed.map(\.x))
        let rows = Set(changed.map(\.y))
        // As many places as the product, and none missing between the first and the last: a full rectangle.
        #expect(changed.count == columns.count * rows.count)
        #expect((columns.max() ?? 0) - (columns.min() ?? 0) == columns.count - 1)
        #expect((rows.max() ?? 0) - (rows.min() ?? 0) == rows.count - 1)
        #expect((0.014...0.36).contains(Double(changed.count) / 1200))
        #expect(columns.count < 40 && rows.count < 30)
        #expect(Set(changed.map { result[$0.x, $0.y].green }).count > changed.count / 4)
    }

    @Test("places outside get the model's mean colour")
    func meanColour() {
        var augmentation = Augmentation()
        augmentation.policy = .rand(operations: 3, magnitude: 30)
        var processor = unchanging
        processor.mean = [1, -3, 7]
        processor.standardDeviation = [1, 1, 1]
        let grey = PixelImage(width: 40, height: 30, pixels: [UInt8](repeating: 100, count: 3600))
        // Only what turning, shearing and shifting bring in has a colour.
        let corners: [(red: UInt8, green: UInt8, blue: UInt8)] = (UInt64(0)..<100).flatMap { seed in
            let image = augmentation.apply(to: grey, processor, RandomKey(seed: seed))
            return [image[0, 0], image[39, 0], image[0, 29], image[39, 29]]
        }
        #expect(corners.contains { $0 == (255, 0, 255) })
    }

    @Test("small and narrow images", arguments: [Augmentation.Preset.medium, .strong])
    func oddImages(preset: Augmentation.Preset) {
        var trivial = Augmentation(preset)
        trivial.policy = .trivial
        trivial.erasing = 1
        var shortest = Self.processor(width: 8, height: 8)
        shortest.resize = .shortestEdge(2)
        for (width, height) in Self.oddSizes {
            let image = PixelImage(width: width, height: height, pixels: Self.photo.pixels.prefix(3 * width * height))
            for seed in UInt64(0)..<30 {
                for augmentation in [Augmentation(preset), trivial] {
                    let result = augmentation.apply(to: image, Self.processor(width: 8, height: 6), RandomKey(seed: seed))
                    #expect(result.width == 8 && result.height == 6)
                    let whole = augmentation.apply(to: image, shortest, RandomKey(seed: seed))
                    #expect(whole.width == shortest(image).width && whole.height == shortest(image).height)
                    let single = augmentation.apply(to: image, Self.processor(width: 1, height: 1), RandomKey(seed: seed))
                    #expect(single.width == 1 && single.height == 1)
                }
            }
        }
    }

    // MARK: settings

    @Test("presets check out, vary ever more, and are told apart in the run's configuration")
    func presets() throws {
        var texts: Set<JSON> = []
        for preset in Augmentation.Preset.allCases {
            try Augmentation(preset).check()
            texts.insert(Augmentation(preset).json)
        }
        #expect(texts.count == 4)
        #expect(Augmentation(.none).isNone && Augmentation(.none) == Augmentation())
        #expect(Augmentation(.light).variesInputs && !Augmentation(.medium).mixes && Augmentation(.strong).mixes)
        #expect(Augmentation.Preset(rawValue: "strong") == .strong && Augmentation.Preset(rawValue: "Strong") == nil)
    }

    @Test("the run's configuration has every setting")
    func configuration() {
        var augmentation = Augmentation(.strong)
        augmentation.mixingOffEpoch = 9
        let (area, ratio): (JSON, JSON) = (.array([.number(0.08), .number(1)]), .array([.number(3.0 / 4), .number(4.0 / 3)]))
        let expected: JSON = .object([
            "crop": .object(["area": area, "ratio": ratio]),
            "horizontal_flip": .number(0.5), "vertical_flip": .number(0), "colour_jitter": .number(0.4),
            "policy": .object(["rand": .object(["operations": .integer(2), "magnitude": .integer(9)])]), "erasing": .number(0.25),
            "mixup": .number(0.2), "cutmix": .number(1), "mixing_off_epoch": .integer(9),
        ])
        #expect(augmentation.json == expected)
        augmentation.policy = .trivial
        #expect(augmentation.json["policy"] == .string("trivial"))
        #expect(Augmentation().json["crop"] == .null && Augmentation().json["policy"] == .null)
    }

    @Test("a bad setting is named, with what was expected and found")
    func badSettings() {
        let cases: [(name: String, change: (inout Augmentation) -> Void)] = [
            ("crop area", { $0.crop = Augmentation.RandomCrop(area: 0...1) }),
            ("crop area", { $0.crop = Augmentation.RandomCrop(area: 0.5...1.01) }),
            ("crop ratio", { $0.crop = Augmentation.RandomCrop(ratio: 0...1) }),
            ("crop ratio", { $0.crop = Augmentation.RandomCrop(ratio: 1 ... .infinity) }),
            ("horizontal flip", { $0.horizontalFlip = 1.5 }),
            ("horizontal flip", { $0.horizontalFlip = .nan }),
            ("vertical flip", { $0.verticalFlip = -0.1 }),
            ("colour jitter", { $0.colourJitter = 2 }),
            ("operations", { $0.policy = .rand(operations: 11, magnitude: 9) }),
            ("operations", { $0.policy = .rand(operations: -1, magnitude: 9) }),
            ("magnitude", { $0.policy = .rand(operations: 2, magnitude: 31) }),
            ("erasing", { $0.erasing = 1.1 }),
            ("mixup", { $0.mixup = -1 }),
            ("mixup", { $0.mixup = .infinity }),
            ("cutmix", { $0.cutmix = .nan }),
            ("mixing off epoch", { $0.mixingOffEpoch = 0 }),
        ]
        for (name, change) in cases {
            var augmentation = Augmentation(.strong)
            change(&augmentation)
            do throws(AugmentationError) {
                try augmentation.check()
                Issue.record("\(name): nothing was thrown")
            } catch {
                #expect(error.message.hasPrefix("\(name): expected "))
                #expect(error.exitCode == .usage)
            }
        }
    }
}
