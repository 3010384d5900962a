#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The fourteen operations on whole images that RandAugment (Cubuk et al., 2020) and TrivialAugment (Müller and Hutter, 2021) draw from.
///
/// Source: torchvision's `autoaugment.py` for the amounts, Pillow's `ImageOps` and `ImageEnhance` for what they do to the bytes. Other than
/// there, turned and shifted images are interpolated, sheared about the centre, and filled up with the model's mean colour.
package enum ImageOperation: String, CaseIterable, Sendable {
    case identity
    case autoContrast
    case equalize
    case rotate
    case shearX
    case shearY
    case translateX
    case translateY
    case brightness
    case colour
    case contrast
    case sharpness
    case posterize
    case solarize

    /// How far the operations go.
    package enum Reach: Sendable, CaseIterable {
        /// RandAugment's.
        case rand
        /// TrivialAugment's "wide" one.
        case wide
    }

    /// The largest magnitude; both tables have 31 steps.
    package static let largestMagnitude = 30

    /// Whether the amount may be turned to its opposite.
    package var isSigned: Bool {
        switch self {
        case .identity, .autoContrast, .equalize, .posterize, .solarize: false
        case .rotate, .shearX, .shearY, .translateX, .translateY, .brightness, .colour, .contrast, .sharpness: true
        }
    }

    /// What a magnitude means for an image.
    ///
    /// - Parameters:
    ///   - magnitude: 0 to 30; others count as the nearest of these.
    ///   - width: the image's number of columns.
    ///   - height: the image's number of rows.
    /// - Returns: the angle in degrees, the slope of a shear, the shift in pixels, the change of an enhancement's factor from 1, the number of
    ///   bits that stay, or the first value that is inverted.
    package func amount(magnitude: Int, _ reach: Reach, width: Int, height: Int) -> Double {
        let largest = Double(Self.largestMagnitude)
        let step = min(max(Double(magnitude), 0), largest)
        func up(to rand: Double, _ wide: Double) -> Double { (reach == .rand ? rand : wide) * step / largest }
        return switch self {
        case .identity, .autoContrast, .equalize: 0
        case .rotate: up(to: 30, 135)
        case .shearX, .shearY: up(to: 0.3, 0.99)
        // Upstream RandAugment's 150 pixels are of an image of 331, TrivialAugment's 32 of one of 224.
        case .translateX: up(to: 150.0 / 331, 32.0 / 224) * Double(width)
        case .translateY: up(to: 150.0 / 331, 32.0 / 224) * Double(height)
        case .brightness, .colour, .contrast, .sharpness: up(to: 0.9, 0.99)
        case .posterize: 8 - up(to: 4, 6).rounded(.toNearestOrEven)
        case .solarize: 255 * (largest - step) / largest
        }
    }

    /// Changes an image; its size stays.
    ///
    /// Nothing is changed by an amount of 0, of 8 bits for `posterize`, and of more than 255 for `solarize`: at 255, which is magnitude 0,
    /// white becomes black, as upstream.
    ///
    /// - Parameters:
    ///   - amount: how much, in the unit of ``amount(magnitude:_:width:height:)``; an amount that is not finite changes nothing.
    ///   - outside: the colour of places that show nothing of the image.
    package func callAsFunction(_ image: PixelImage, amount: Double, outside: (UInt8, UInt8, UInt8)) -> PixelImage {
        guard amount.isFinite else { return image }
        switch self {
        case .identity: return image
        case .autoContrast: return image.withFullContrast()
        case .equalize: return image.equalized()
        case .rotate:
            if amount == 0 { return image }
            let angle = amount * .pi / 180
            let (sine, cosine) = (sin(angle), cos(angle))
            return image.transformed(x: (cosine, -sine, 0), y: (sine, cosine, 0), outside: outside)
        case .shearX: return amount == 0 ? image : image.transformed(x: (1, amount, 0), y: (0, 1, 0), outside: outside)
        case .shearY: return amount == 0 ? image : image.transformed(x: (1, 0, 0), y: (amount, 1, 0), outside: outside)
        // Shifts are by whole pixels, as upstream.
        case .translateX:
            let shift = amount.rounded(.towardZero)
            return shift == 0 ? image : image.transformed(x: (1, 0, -shift), y: (0, 1, 0), outside: outside)
        case .translateY:
            let shift = amount.rounded(.towardZero)
            return shift == 0 ? image : image.transformed(x: (1, 0, 0), y: (0, 1, -shift), outside: outside)
        case .brightness: return image.withBrightness(1 + amount)
        case .colour: return image.withColour(1 + amount)
        case .contrast: return image.withContrast(1 + amount)
        case .sharpness: return image.withSharpness(1 + amount)
        case .posterize:
            let mask: UInt8 = 0xFF << (8 - UInt8(min(max(amount, 0), 8)))
            return image.mapped { $0 & mask }
        case .solarize: return image.mapped { Double($0) < amount ? $0 : 255 - $0 }
        }
    }
}
