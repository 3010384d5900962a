import ZooTensor

/// A table with a column of paths of images and a column of labels.
struct ImageTable {
    private let reader: TableReader
    private let images: TableImages
    /// What messages call the table.
    private let title: String
    /// The archive and the table's name in it, where it lies in one.
    private let entry: (archive: String, name: String)?

    /// Names that the column of the paths usually has, the first one present is taken.
    static let imageNames = ["image", "file", "filename", "file_name", "path", "image_path", "filepath"]

    /// Opens a table on disk.
    init(_ path: String, _ options: ReadingOptions) throws {
        title = path
        entry = nil
        reader = try TableReader(path, header: options.header, dialect: options.dialect)
        images = try TableImages(besideTable: path)
    }

    /// Opens a table of a folder or of an archive.
    ///
    /// - Parameter tree: the folder in which the table lies.
    init(_ file: FileTree.File, in tree: FileTree, _ options: ReadingOptions) throws {
        title = tree.title(of: file)
        if let path = tree.diskPath(of: file) {
            entry = nil
            reader = try TableReader(path, header: options.header, dialect: options.dialect)
            images = try TableImages(besideTable: path)
            return
        }
        let entry = (archive: tree.path, name: file.name)
        self.entry = entry
        images = TableImages(in: tree)
        reader = try Self.reader(of: tree.content(of: file, limit: options.limits.byteCount), entry, options)
    }

    /// Opens a table out of an archive.
    private static func reader(
        of bytes: StoredBytes, _ entry: (archive: String, name: String), _ options: ReadingOptions
    ) throws -> TableReader {
        do {
            // The reader keeps the file open, so that it may lose its name at once.
            return try withTemporaryCopy(of: bytes) {
                try TableReader($0, format: TableFormat(path: entry.name), header: options.header, dialect: options.dialect)
            }
        } catch let error as DatasetError {
            throw ImageDatasetError.table(error, archive: entry.archive, entry: entry.name)
        } catch let error as FileError {
            throw ImageDatasetError.file(error)
        }
    }

    /// Finds the columns, choosing where none is named: the paths by one of ``imageNames``, the label as `Columns.resolve` does.
    ///
    /// - Parameter guesses: whether the only other column may be that of the paths.
    /// - Throws: `ImageDatasetError.imageColumn`, `DatasetError`.
    func columns(_ options: ReadingOptions, guesses: Bool = true) throws -> ResolvedColumns {
        let given = options.columns
        let available = reader.columns
        func known(_ names: [String]) -> String? {
            names.lazy.compactMap { name in available.first { $0.lowercased() == name && $0 != given.label } }.first
        }
        var image = given.text ?? known(Self.imageNames)
        if image == nil && guesses {
            let label = given.label ?? (options.requiresLabels ? known(Columns.labelNames) : nil)
            if available.count == 2, let label { image = available.first { $0 != label } }
            if available.count == 1, !options.requiresLabels { image = available.first }
        }
        guard let image else { throw ImageDatasetError.imageColumn(path: title, available: available) }
        return try telling {
            try Columns(text: image, label: given.label).resolve(in: reader, requiresLabel: options.requiresLabels)
        }
    }

    /// Reads the rows.
    ///
    /// - Parameters:
    ///   - labels: the classes there are; nil: those of the table.
    ///   - warnings: what is known already.
    /// - Throws: `DatasetError`, `ImageDatasetError.missingImage`, `.refusedPath`, `.table`.
    func dataset(labels: [String]?, _ options: ReadingOptions, warnings: [String] = []) throws -> LabelledDataset {
        let columns = try columns(options)
        var collector = LabelCollector(fixed: labels)
        var examples: [Example] = []
        var missing: (count: Int, image: String, line: Int)?
        var (absent, refused) = (NameTally(), NameTally())
        var done = -1
        while let row = try telling({ try reader.next() }) {
            if let progress = options.progress, reader.bytesRead != done {
                done = reader.bytesRead
                progress(done, reader.byteCount)
            }
            let path = try telling {
                let text = try LabelledDataset.text(row, columns.textPosition, reader).trimmingWhiteSpace()
                guard !text.isEmpty else { throw DatasetError.missingValue(path: title, line: row.line, column: columns.text) }
                return text
            }
            let found = images.find(path)
            if options.skipsMissing {
                // Before its class is counted.
                switch found {
                case .image: break
                case .missing:
                    absent.add(path)
                    continue
                case .ambiguous, .refused:
                    refused.add(path)
                    continue
                }
            }
            let label = try telling {
                try columns.labelPosition.flatMap { position throws(DatasetError) in
                    try LabelledDataset.label(
                        row, position, reader, isRequired: options.requiresLabels, isNamed: options.columns.label != nil, path: title,
                        &collector)
                }
            }
            switch found {
            case .image(let source): examples.append(Example(input: .image(source), label: label, line: row.line))
            case .missing: missing = (1 + (missing?.count ?? 0), missing?.image ?? path, missing?.line ?? row.line)
            case .ambiguous:
                throw ImageDatasetError.refusedPath(
                    path: title, line: row.line, column: columns.text, image: path,
                    rule: "is the name of several files, which differ in the normal form of their letters alone")
            case .refused(let rule):
                throw ImageDatasetError.refusedPath(path: title, line: row.line, column: columns.text, image: path, rule: rule)
            }
        }
        if let missing {
            throw ImageDatasetError.missingImage(
                path: title, line: missing.line, column: columns.text, image: missing.image, count: missing.count)
        }
        var warnings = warnings
        if absent.count > 0 {
            warnings.append(
                absent.described("image of the table is not there and is left out", "images of the table are not there and are left out"))
        }
        if refused.count > 0 {
            warnings.append(
                refused.described(
                    "path of the table is not followed and is left out", "paths of the table are not followed and are left out"))
        }
        guard !examples.isEmpty else {
            if let image = absent.names.first {
                throw ImageDatasetError.missingImage(path: title, line: 0, column: columns.text, image: image, count: absent.count)
            }
            throw DatasetError.noRows(path: title)
        }
        let (names, classes, labelWarnings) = collector.finish()
        if labels == nil, let column = columns.label {
            try telling {
                try LabelAudit.check(names, rows: collector.count, column: column, path: title, isNamed: options.columns.label != nil)
            }
        }
        let ordered = examples.map { Example(input: $0.input, label: $0.label.map { classes[$0] }, line: $0.line) }
        return LabelledDataset(
            examples: ordered, labels: names, path: title, columns: columns,
            warnings: warnings + reader.notes + columns.notes + labelWarnings)
    }

    /// An error of the table reader, which knows the copy of an archive's table only, gets the name of the entry. That of an unknown class
    /// has it already.
    private func telling<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatasetError {
            guard let entry, error.code != "data.unknown_label" else { throw error }
            throw ImageDatasetError.table(error, archive: entry.archive, entry: entry.name)
        }
    }
}

extension ImageTable {
    /// The tables of a folder that list images.
    struct Choice {
        /// The table of each part; the only one there is is that of training.
        private(set) var files: [PartName: FileTree.File] = [:]
        /// What the user should know about those that are used and those that are not.
        private(set) var warnings: [String] = []

        /// Looks at the tables that lie in the folder itself.
        ///
        /// - Throws: `ImageDatasetError.severalTables`, `.repeatedPart`; the error of a table that cannot be used where no folders of
        ///   classes are there instead.
        init(_ tree: FileTree, _ options: ReadingOptions) throws {
            let tables = tree.files.filter { $0.type == .table && $0.topFolder == nil }
            let hasFolders = tree.imageFolders.count > 1
            var usable: [FileTree.File] = []
            var failure: (any Error)?
            for file in tables {
                do {
                    _ = try ImageTable(file, in: tree, options).columns(options, guesses: !hasFolders)
                    usable.append(file)
                } catch {
                    if failure == nil { failure = error }
                }
            }
            if usable.isEmpty, let failure, !hasFolders { throw failure }
            for file in usable {
                guard let part = PartName(Self.stem(of: file)) else { continue }
                if let other = files.updateValue(file, forKey: part) {
                    throw ImageDatasetError.repeatedPart(path: tree.title, names: [other.name, file.name])
                }
            }
            if files[.training] == nil {
                guard usable.count < 2 else { throw ImageDatasetError.severalTables(path: tree.title, names: usable.map(\.name)) }
                files = usable.first.map { [.training: $0] } ?? [:]
            }

            var unused = NameTally()
            for file in tables where !files.values.contains(where: { $0.name == file.name }) { unused.add(file.name) }
            if unused.count > 0 {
                warnings.append(unused.described("table is not used", "tables are not used"))
            }
            if let file = files[.training], hasFolders {
                warnings.append("the classes are those of the table \(listed([file.name])), not the names of the folders")
            }
        }

        /// The name without folder and extension.
        private static func stem(of file: FileTree.File) -> String {
            let name = lastComponent(file.name)
            return name.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(name[..<$0]) } ?? name
        }
    }

    /// The parts that the tables of a folder list; nil if there is no such table.
    static func parts(of tree: FileTree, _ options: ReadingOptions, choice: Choice, warnings: [String]) throws -> DatasetParts? {
        guard let file = choice.files[.training] else { return nil }
        let training = try ImageTable(file, in: tree, options).dataset(
            labels: options.labels, options, warnings: warnings + choice.warnings)
        func other(_ part: PartName) throws -> LabelledDataset? {
            try choice.files[part].map { try ImageTable($0, in: tree, options).dataset(labels: training.labels, options) }
        }
        return DatasetParts(training: training, validation: try other(.validation), test: try other(.test))
    }
}
