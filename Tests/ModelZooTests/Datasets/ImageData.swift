import ModelZoo
import Testing
import ZooTensor

/// A PNG image of one colour.
func png(_ red: UInt8, _ green: UInt8 = 0, _ blue: UInt8 = 0, width: Int = 2, height: Int = 1) throws -> [UInt8] {
    let pixels = (0..<width * height).flatMap { _ in [red, green, blue] }
    return try ImageDecoder.png(PixelImage(width: width, height: height, pixels: pixels))
}

/// The image of an example.
func imageSource(_ example: Example) throws -> ImageSource {
    guard case .image(let source) = example.input else { throw NothingThrown() }
    return source
}

/// The names of the images with those of their classes: `data/rose/1.png = rose`.
func described(_ data: LabelledDataset?) throws -> [String] {
    let data = try #require(data)
    return try data.examples.map { example in
        try imageSource(example).name + (example.label.map { " = " + data.labels[$0] } ?? "")
    }
}

/// The red value of the first pixel of each image.
func reds(_ data: LabelledDataset?) throws -> [UInt8] {
    let data = try #require(data)
    return try data.examples.map { try imageSource($0).decoded()[0, 0].red }
}

/// Reads a data set of images.
func imageParts(
    _ path: String, columns: Columns = Columns(), header: Bool = true, labels: [String]? = nil, requiresLabels: Bool = true,
    limits: ImageSetLimits = ImageSetLimits()
) throws -> DatasetParts {
    try DatasetReader.parts(
        path, kind: .image, columns: columns, header: header, labels: labels, requiresLabels: requiresLabels, limits: limits)
}

/// The error of a data set of images that `body` throws.
func imageError<Value>(_ body: () throws -> Value) throws -> ImageDatasetError {
    do {
        _ = try body()
    } catch let error as ImageDatasetError {
        return error
    }
    throw NothingThrown()
}

/// Bytes as the content of a gzip file without compression.
func gzipped(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    var start = 0
    repeat {
        let piece = bytes[start..<min(bytes.count, start + 65535)]
        start += piece.count
        let isLast: UInt8 = start == bytes.count ? 1 : 0
        result += [isLast] + ZipBuilder.little(piece.count, 2) + ZipBuilder.little(~piece.count, 2)
        result += piece
    } while start < bytes.count
    result += ZipBuilder.little(Int(ZipBuilder.checksum(bytes)), 4) + ZipBuilder.little(bytes.count, 4)
    return result
}

/// The files of an archive.
typealias ArchiveFiles = [(name: String, bytes: [UInt8])]

/// A tar archive of regular files.
func tar(_ files: ArchiveFiles) -> [UInt8] {
    var builder = TarBuilder()
    for file in files { builder.add(file.name, file.bytes) }
    return builder.finished()
}

/// Whether an error would tell a terminal nothing but text.
func isPlain(_ error: any ZooError) -> Bool {
    "\(error)\(error.hint ?? "")".unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
}
