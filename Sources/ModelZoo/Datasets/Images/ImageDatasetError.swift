public import ZooTensor

/// What is wrong with a data set of images as a whole; what is wrong with one image is ``ImageError``.
///
/// `path` is a folder, a file, or `archive: entry`, as the user named it.
public enum ImageDatasetError: ZooError, Equatable {
    /// A file or folder cannot be opened or read.
    case file(FileError)
    /// An archive or a packed file cannot be read.
    case archive(BundleError)
    /// A table inside an archive breaks a rule of tables.
    case table(DatasetError, archive: String, entry: String)
    /// An entry of an archive is refused; the rule completes "it …".
    case entry(path: String, entry: String, rule: String)
    /// Something is larger than ``ImageSetLimits`` allow.
    case limit(path: String, entry: String?, what: String, found: Int, limit: Int)
    /// A file that is no data set of images.
    case unknown(path: String, found: String)
    /// No image is there.
    case noImages(path: String, found: String)
    /// All images lie in the folder itself.
    case noClassFolders(path: String, count: Int, example: String)
    /// Only parts for validation and test are there.
    case noTraining(path: String, found: [String])
    /// Two folders or files are the same part by their names.
    case repeatedPart(path: String, names: [String])
    /// More than one table lists images.
    case severalTables(path: String, names: [String])
    /// No column was named for the paths of the images, and none is the obvious one.
    case imageColumn(path: String, available: [String])
    /// A table lists images that are not there; the first of them.
    case missingImage(path: String, line: Int, column: String, image: String, count: Int)
    /// A table lists an image whose path is not followed; the rule completes "the path …".
    case refusedPath(path: String, line: Int, column: String, image: String, rule: String)
    /// The version of CIFAR that consists of Python pickles.
    case pickle(path: String, entry: String?)
    /// A file that belongs to a data set is missing.
    case missingFile(path: String, name: String, whole: String)
    /// A file of CIFAR or IDX breaks a rule of its format.
    case damaged(path: String, reason: String)
    /// The labels that belong to an IDX file of images are missing; nil if its name does not tell which they are.
    case labelsMissing(path: String, expected: String?)
    /// Two IDX files that belong together have other numbers of images and labels.
    case countsDiffer(path: String, images: Int, labels: Int, file: String)

    /// A stable name, `data.…`.
    public var code: String {
        switch self {
        case .file(.notFound): "data.not_found"
        case .file: "data.unreadable"
        case .archive: "data.archive"
        case .table(let error, _, _): error.code
        case .entry: "data.archive_entry"
        case .limit: "data.limit"
        case .unknown: "data.no_image_data"
        case .noImages: "data.no_images"
        case .noClassFolders: "data.no_class_folders"
        case .noTraining: "data.no_training_part"
        case .repeatedPart: "data.repeated_part"
        case .severalTables: "data.several_tables"
        case .imageColumn: "data.undecided_column"
        case .missingImage: "data.missing_image"
        case .refusedPath: "data.refused_path"
        case .pickle: "data.pickle"
        case .missingFile: "data.missing_file"
        case .damaged: "data.damaged"
        case .labelsMissing: "data.labels_missing"
        case .countsDiffer: "data.counts_differ"
        }
    }

    /// ``ExitCode/data``, or ``ExitCode/notFound`` for a path that is not there, ``ExitCode/resources`` for a full disk.
    public var exitCode: ExitCode {
        switch self {
        case .file(.notFound): .notFound
        case .file(.noSpace): .resources
        default: .data
        }
    }

    /// The file or folder, with the entry or column and the line where there is one.
    public var place: Place? {
        switch self {
        case .file(let error): error.place
        case .archive(let error): error.place
        case .table(let error, let archive, let entry): Place(file: archive, entry: entry, line: error.place?.line)
        case .entry(let path, let entry, _): Place(file: path, entry: entry)
        case .limit(let path, let entry, _, _, _), .pickle(let path, let entry): Place(file: path, entry: entry)
        case .missingImage(let path, let line, let column, _, _), .refusedPath(let path, let line, let column, _, _):
            Place(file: path, entry: column, line: line > 0 ? line : nil)
        case .unknown(let path, _), .noImages(let path, _), .noClassFolders(let path, _, _), .noTraining(let path, _),
            .repeatedPart(let path, _), .severalTables(let path, _), .imageColumn(let path, _), .missingFile(let path, _, _),
            .damaged(let path, _), .labelsMissing(let path, _), .countsDiffer(let path, _, _, _):
            Place(file: path)
        }
    }

    /// What is wrong: expected against found.
    public var message: String {
        switch self {
        case .file(let error): error.message
        case .archive(.format(_, let found)): "expected a tar or zip archive, plain or with gzip or zstd, found \(found)"
        case .archive(.damaged(_, _, let reason)): "the file is damaged: \(printable(reason))"
        case .archive(.trailing): "the file goes on after its end"
        case .archive(.size(_, _, let expected, let found)):
            "expected \(expected) bytes as the archive tells, found " + (found.map { "\($0)" } ?? "an entry without a size")
        case .archive(let error): error.message
        case .table(let error, _, _): error.message
        case .entry(_, _, let rule): "the entry is refused: it \(rule)"
        case .limit(_, _, let what, let found, let limit): "\(what) is \(found), at most \(limit) are allowed"
        case .unknown(_, let found):
            "expected images in a folder, in an archive or listed in a table, or the files of CIFAR or MNIST, found \(found)"
        case .noImages(_, let found): "expected images, found \(found)"
        case .noClassFolders(_, let count, let example):
            "expected one folder for each class, found \(count) \(count == 1 ? "image" : "images") in no such folder, as "
                + "\"\(printable(example))\""
        case .noTraining(_, let found): "expected a part for training, found \(listed(found)) alone"
        case .repeatedPart(_, let names): "\(listed(names)) are the same part of the data set by their names"
        case .severalTables(_, let names): "cannot tell which table lists the images: there are \(listed(names))"
        case .imageColumn(_, let available):
            "cannot tell which column holds the paths of the images; there \(available.count == 1 ? "is" : "are") \(listed(available))"
        case .missingImage(_, _, _, let image, let count):
            "the image \"\(printable(image))\" is not there"
                + (count > 1 ? "; of the images that the table lists \(count) are missing" : "")
        case .refusedPath(_, _, _, let image, let rule): "the path \"\(printable(image))\" \(rule)"
        case .pickle: "expected CIFAR in its binary version, found that of Python pickles, which can hold programs and are never read"
        case .missingFile(_, let name, let whole): "\"\(name)\" is missing, which belongs to \(whole)"
        case .damaged(_, let reason): reason
        case .labelsMissing(_, let expected):
            expected.map { "the labels are missing: expected the file \"\(printable($0))\" beside the images" }
                ?? "cannot tell which file has the labels: the name has not \"images\" and \"idx3\" in it"
        case .countsDiffer(_, let images, let labels, let file):
            "there are \(images) images, but \(labels) labels in \"\(printable(file))\""
        }
    }

    /// What can be done.
    public var hint: String? {
        switch self {
        case .file(.notFound): "check the spelling of the path; it is taken from the current folder"
        case .file(.noSpace): "name a folder with more space in TMPDIR, or unpack the archive and give the folder"
        case .archive(.damaged), .archive(.trailing), .archive(.size), .missingFile: "get the file again, its end may be missing"
        case .archive(.format): "a packed table must be unpacked first; a folder of images is packed by: tar -czf DATA.tar.gz FOLDER"
        case .table(let error, _, _): error.hint
        case .entry: "pack regular files only, under plain names: tar -czf DATA.tar.gz FOLDER"
        case .limit(_, _, "the sum of the sizes of the entries in bytes", _, _): "unpack the archive and give the folder"
        case .noImages(_, let found):
            "only JPEG, PNG and WebP images are read"
                + (ImageFormat.otherExtensions.sorted().first { found.contains(" ." + $0) }.map {
                    "; others are converted by " + ImageFormat.conversion(of: "*." + $0)
                } ?? "")
        case .unknown(let path, _):
            CIFAR.isFile(lastComponent(path)) ? "name the folder that holds the files of CIFAR" : nil
        case .noClassFolders: "put the images of each class in a folder that is named as the class, or list them in a table with labels"
        case .noTraining: "name the folder above, or the part itself where it is wanted"
        case .repeatedPart, .severalTables: "name one of them instead of the folder"
        case .imageColumn(_, let available): available.first.map { "name it: --text \(printable($0, limit: 40))" }
        case .missingImage(_, _, _, let image, _):
            if image.contains("://") {
                "images are read from this machine only: get them first"
            } else if image.utf8.contains(UInt8(ascii: "\\")) {
                "paths are written with / between folders"
            } else if image.utf8.first == UInt8(ascii: "/") {
                "check the spelling of the path"
            } else {
                "paths are taken from the folder of the table; --on-bad skip leaves such rows out"
            }
        case .refusedPath: "keep the images in the folder of the table, or list them by absolute paths"
        case .pickle(let path, let entry):
            path.contains("cifar-100") || entry.map(lastComponent) == "train"
                ? "get the binary version: https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"
                : "get the binary version: https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
        case .labelsMissing(_, nil): "name the files as MNIST does: images-idx3-ubyte and labels-idx1-ubyte"
        case .labelsMissing: "put both files in one folder"
        default: nil
        }
    }
}
