import ModelZoo
import ZooTensor

/// One line of a file of images.
struct ImageLine {
    /// The path of the image.
    let image: String
    /// The new size, where the line asks for one.
    let size: ImageProcessor.Size?
    let filter: ResamplingFilter
    /// The class, where the file has classes.
    let label: Int?

    private init(_ json: JSON) {
        image = json["image"]?.string ?? ""
        if let width = json["width"]?.integer, let height = json["height"]?.integer {
            size = ImageProcessor.Size(width: width, height: height)
        } else {
            size = nil
        }
        filter = json["filter"]?.string.flatMap(ResamplingFilter.init(name:)) ?? .bicubic
        label = json["label"]?.integer
    }

    /// All lines of a file.
    static func read(_ path: String) throws -> [ImageLine] {
        try readFile(path).split(separator: UInt8(ascii: "\n")).map { try ImageLine(JSON.parse(Array($0), file: path)) }
    }

    /// The image as an input of a model.
    var input: Input { .image(ImageSource(file: image)) }

    /// The pixels, upright.
    func decoded() throws -> PixelImage { try ImageSource(file: image).decoded() }
}
