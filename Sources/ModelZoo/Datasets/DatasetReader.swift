import ZooTensor

/// Reads data sets of all forms that are known here, told apart by what is found at their path.
///
/// Texts come from a table, or from a folder with a table for each part: `train.csv`, `dev.csv`, `test.csv`.
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
    ///   - path: one of the forms above.
    ///   - kind: what the model reads.
    ///   - columns: which columns of a table to read; the `text` of images is the column of their paths.
    ///   - header: whether a CSV or TSV file starts with the names of its columns.
    ///   - dialect: what is known about the encoding and the delimiter of tables.
    ///   - labels: the classes of a trained model, or of the training part, in their order; nil: those that the data have.
    ///   - requiresLabels: whether every example must have a class. If not, tables give one only if its column is named, images of folders
    ///     and archives have none, and those of CIFAR and IDX have the one that was published with them, if it is among `labels`.
    ///   - skipsMissing: whether rows of a table whose image is not there are left out, with a warning, instead of being an error.
    ///   - limits: how much a data set of images may hold.
    ///   - progress: is told the bytes read so far and the bytes in all, where files are read as a whole: tables and archives.
    /// - Throws: ``DatasetError`` about tables and unknown classes, ``ImageDatasetError``.
    public static func parts(
        _ path: String, kind: InputKind, columns: Columns = Columns(), header: Bool = true, dialect: TableDialect = TableDialect(),
        labels: [String]? = nil, requiresLabels: Bool = true, skipsMissing: Bool = false, limits: ImageSetLimits = ImageSetLimits(),
        progress: ((_ done: Int, _ total: Int) -> Void)? = nil
    ) throws -> DatasetParts {
        switch kind {
        case .text:
            if fileKind(path) == .directory {
                return try TableFolder.parts(
                    path, columns: columns, header: header, dialect: dialect, labels: labels, requiresLabels: requiresLabels,
                    progress: progress)
            }
            if let found = container(path) { throw DatasetError.notATable(path: path, found: found) }
            return DatasetParts(
                training: try LabelledDataset.load(
                    path, header: header, dialect: dialect, columns: columns, labels: labels, requiresLabels: requiresLabels,
                    progress: progress))
        case .image:
            let parts = try imageParts(
                path,
                ReadingOptions(
                    columns: columns, header: header, dialect: dialect, labels: labels, requiresLabels: requiresLabels,
                    skipsMissing: skipsMissing, limits: limits, progress: progress))
            if parts.training.columns == nil {
                let flags = tableFlags(columns, header, dialect)
                guard flags.isEmpty else { throw DatasetError.notForTables(path: path, flags: flags) }
            }
            return parts
        }
    }

    /// The flags of the command that say something about tables.
    private static func tableFlags(_ columns: Columns, _ header: Bool, _ dialect: TableDialect) -> [String] {
        let flags: [(String, Bool)] = [
            ("--text", columns.text != nil), ("--text-pair", columns.textPair != nil), ("--label", columns.label != nil),
            ("--no-header", !header), ("--delimiter", dialect.delimiter != nil), ("--encoding", dialect.encoding != nil),
        ]
        return flags.filter(\.1).map(\.0)
    }

    /// The images at a path, without classes: one image file, or those of any form of data set in their order, part after part.
    ///
    /// - Throws: ``DatasetError``, ``ImageDatasetError``.
    public static func images(in path: String) throws -> [ImageSource] { try imagesAndWarnings(in: path).images }

    /// The images at a path as ``images(in:)`` gives them, and what the user should know about what else is there.
    public static func imagesAndWarnings(in path: String) throws -> (images: [ImageSource], warnings: [String]) {
        let parts = try parts(path, kind: .image, requiresLabels: false)
        let all = [parts.training, parts.validation, parts.test].compactMap { $0 }
        let images = all.flatMap { part in
            part.examples.compactMap { if case .image(let source) = $0.input { source } else { nil } }
        }
        return (images, all.flatMap(\.warnings))
    }

    /// What holds files instead of being a table, as a noun; nil for a file that may be a table, and for one that is not there.
    private static func container(_ path: String) -> String? {
        guard case .regular? = fileKind(path) else { return nil }
        // A table tells itself what else its first bytes are.
        guard (try? TableFormat(path: path)) == nil, !DatasetError.isForeignTable(path), let head = try? FileHead(path) else { return nil }
        if head.isArchive { return head.kind ?? "a tar archive" }
        return head.imageFormat.map { "a \($0.rawValue) image" }
    }
}
