#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What an image may at most be, so that no file can take all memory or time.
public struct ImageLimits: Sendable, Hashable {
    /// The largest number of pixels.
    public var pixels: Int
    /// The largest width and height: an image one pixel high costs as much memory for each of its columns as one of many rows.
    public var edge: Int
    /// The largest size of the encoded image in bytes.
    public var byteCount: Int
    /// The largest number of scans of a progressive JPEG.
    public var scans: Int

    public init(pixels: Int = 100_000_000, edge: Int = 65_535, byteCount: Int = 256 << 20, scans: Int = 200) {
        self.pixels = pixels
        self.edge = edge
        self.byteCount = byteCount
        self.scans = scans
    }

    /// The limits with the number of pixels of the environment's `ZOO_MAX_PIXELS`, if that is a number above 0.
    public static let standard: ImageLimits = {
        var limits = ImageLimits()
        if let text = getenv("ZOO_MAX_PIXELS"), let value = Int(String(cString: text)), value > 0 { limits.pixels = min(value, 1 << 40) }
        return limits
    }()
}
