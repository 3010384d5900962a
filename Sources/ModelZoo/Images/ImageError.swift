public import ZooTensor

/// What is wrong with an image.
public enum ImageError: ZooError, Equatable {
    /// The file cannot be opened or read.
    case file(FileError)
    /// Not an image of a format that is read.
    case format(name: String, found: String)
    /// The data break a rule of the format.
    case damaged(name: String, format: ImageFormat, reason: String)
    /// The data end too early.
    case truncated(name: String, format: ImageFormat)
    /// More pixels, bytes or scans than allowed.
    case limit(name: String, what: String, found: String, limit: String)
    /// Not the file that was checked before.
    case changed(name: String)
    /// The system refused memory.
    case memory(name: String, width: Int, height: Int)
    /// The system refused memory for the encoded image.
    case fileMemory(name: String, byteCount: Int)
    /// More memory than images may take together; in bytes.
    case memoryLimit(name: String, width: Int, height: Int, needed: Int, allowed: Int)

    /// A stable dotted name.
    public var code: String {
        switch self {
        case .file: "data.image_file"
        case .format: "data.image_format"
        case .damaged: "data.image_damaged"
        case .truncated: "data.image_truncated"
        case .limit: "data.image_limit"
        case .changed: "data.changed"
        case .memory, .fileMemory, .memoryLimit: "data.image_memory"
        }
    }

    /// The category.
    public var exitCode: ExitCode {
        switch self {
        case .memory, .fileMemory, .memoryLimit: .resources
        default: .data
        }
    }

    /// What happened: what, expected, found.
    public var message: String {
        switch self {
        case .file(let error): error.message
        case .format(_, let found): "expected a JPEG, PNG or WebP image, found \(found)"
        case .damaged(_, let format, let reason): "the \(format.rawValue) image is damaged: \(printable(reason))"
        case .truncated(_, let format): "the \(format.rawValue) image is cut off: its end is missing"
        case .limit(_, let what, let found, let limit): "the image has \(found) \(what), at most \(limit) are allowed"
        case .changed: "the image changed while it was in use"
        case .memory(_, let width, let height): "the system has no memory for an image of \(width) x \(height) pixels"
        case .fileMemory(_, let byteCount): "the system has no memory for an image file of \(byteCount) bytes"
        case .memoryLimit(_, let width, let height, let needed, let allowed):
            "the image of \(width) x \(height) pixels takes \(needed) bytes of memory, images may take \(allowed)"
        }
    }

    /// Where it happened.
    public var place: Place? {
        switch self {
        case .file(let error): error.place
        case .format(let name, _), .damaged(let name, _, _), .truncated(let name, _), .limit(let name, _, _, _), .changed(let name),
            .memory(let name, _, _), .fileMemory(let name, _), .memoryLimit(let name, _, _, _, _):
            Place(file: name)
        }
    }

    /// What the user can do.
    public var hint: String? {
        switch self {
        case .limit(_, "pixels", _, _): "allow more with ZOO_MAX_PIXELS, or make the image smaller"
        case .format(let name, let found):
            found.hasSuffix("image") || found.contains("HEIF")
                ? "convert it, as by \(ImageFormat.conversion(of: printable(name, limit: 200))), or leave such files out with --on-bad skip"
                : "leave such files out with --on-bad skip"
        case .damaged, .truncated: "get the file again, or leave such files out with --on-bad skip"
        case .memory, .fileMemory, .memoryLimit: "make the image smaller, or run where there is more memory"
        default: nil
        }
    }
}
