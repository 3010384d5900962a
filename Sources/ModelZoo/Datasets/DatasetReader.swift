import ZooTensor

/// Reads data sets of all forms that are known here, told apart by what is found at their path.
///
/// Images come from
/// - a folder with one folder for each class, or with folders of that form whose names are, in any case, `train` or `training`; `val`,
///   `valid`, `validation` or `dev`; `test` or `testing`;
/// - a table with a column of paths and one of labels;
/// - a tar or zip archive that holds either, read in place;
/// - CIFAR-10 or CIFAR-100 in the binary version, as a folder or as the archive that was published;
/// - IDX files as those of MNIST.
public enum DatasetReader {
    /// Reads a data set with the parts that it was published in.
    ///
    /// The classes of all parts are those of the training part: sorted as ``LabelledDataset/labels`` tells; those of CIFAR as published.
    ///
    /// - Parameters:
    ///   - path: a table of texts; or one of the forms above.
    ///   - kind: what the model reads.
    ///   - columns: which columns of a table to read; the `text` of images is the column of their paths.
    ///   - header: whether a CSV or TSV file starts with the names of its columns.
    ///   - labels: the classes of a trained model, or of the training part, in their order; nil: those that the data have.
    ///   - requiresLabels: whether every example must have a class. If not, tables give one only if its column is named, images of folders
    ///     and archives have none, and those of CIFAR and IDX have the one that was published with them, if it is among `labels`.
    ///   - skipsMissing: whether rows of a table whose image is not there are left out, with a warning, instead of being an error.
    ///   - limits: how much a data set of images may hold.
    ///   - progress: is told the bytes read so far and the bytes in all, where files are read as a whole: tables and archives.
    /// - Throws: ``DatasetError`` about tables and unknown classes, ``ImageDatasetError``.
    public static func parts(
        _ path: String, kind: InputKind, columns: Columns = Columns(), header: Bool = true, labels: [String]? = nil,
        requiresLabels: Bool = true, skipsMissing: Bool = false, limits: ImageSetLimits = ImageSetLimits(),
        progress: ((_ done: Int, _ total: Int) -> Void)? = nil
    ) throws -> DatasetParts {
        switch kind {
        case .text:
            if let found = container(path) { throw DatasetError.notATable(path: path, found: found) }
            return DatasetParts(
                training: try LabelledDataset.load(
                    path, header: header, columns: columns, labels: labels, requiresLabels: requiresLabels, progress: progress))
        case .image:
            return try imageParts(
                path,
                ReadingOptions(
                    columns: columns, header: header, labels: labels, requiresLabels: requiresLabels, skipsMissing: skipsMissing,
                    limits: limits, progress: progress))
        }
    }

    /// The images at a path, without classes: one image file, or those of any form of data set in their order, part after part.
    ///
    /// - Throws: ``DatasetError``, ``ImageDatasetError``.
    public static func images(in path: String) throws -> [ImageSource] {
        let parts = try parts(path, kind: .image, requiresLabels: false)
        return [parts.training, parts.validation, parts.test].compactMap { $0 }.flatMap { part in
            part.examples.compactMap { if case .image(let source) = $0.input { source } else { nil } }
        }
    }

    /// What holds files instead of being a table, as a noun; nil for a file that may be a table, and for one that is not there.
    private static func container(_ path: String) -> String? {
        switch fileKind(path) {
        case .directory?: return "a folder"
        case .regular?: break
        default: return nil
        }
        // A table tells itself what else its first bytes are.
        guard FileType(path) != .table, let head = try? FileHead(path) else { return nil }
        if head.isArchive { return head.kind ?? "a tar archive" }
        return head.imageFormat.map { "a \($0.rawValue) image" }
    }
}
