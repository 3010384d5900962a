import ZooTensor

extension DatasetReader {
    /// Reads images of any form.
    static func imageParts(_ path: String, _ options: ReadingOptions) throws -> DatasetParts {
        if fileKind(path) == .directory { return try parts(of: FolderListing.tree(path, options.limits), options) }
        // A text may be anything, unless somebody says something about its fields.
        if TableFormat.isTable(path) || options.dialect.delimiter != nil || options.columns != Columns() && fileSuffix(path) == "txt" {
            return DatasetParts(training: try ImageTable(path, options).dataset(labels: options.labels, options))
        }
        let head: FileHead
        do throws(FileError) {
            head = try FileHead(path)
        } catch {
            throw ImageDatasetError.file(error)
        }
        if head.isPickle { throw ImageDatasetError.pickle(path: path, entry: nil) }
        if head.isIDX { return try IDX.parts(ofImages: path, options) }
        if head.isArchive { return try parts(of: ImageArchive.tree(path, options.limits, progress: options.progress), options) }
        guard !options.requiresLabels else { throw ImageDatasetError.unknown(path: path, found: head.description) }
        // Whether it is an image that can be read turns out when it is read.
        var collector = ExampleCollector(labels: options.labels, requiresLabels: false)
        try collector.add(ImageSource(file: path), label: nil, path: path)
        return DatasetParts(training: collector.dataset(path))
    }

    /// Reads the files of a folder or an archive.
    private static func parts(of tree: FileTree, _ options: ReadingOptions) throws -> DatasetParts {
        let inner = tree.lookingThrough(labels: options.labels ?? [])
        if let variant = try CIFAR.variant(in: inner) { return try CIFAR.parts(variant, in: inner, options) }
        if let parts = try IDX.parts(in: inner, options) { return parts }
        // A table may list images elsewhere.
        guard inner.files.contains(where: { $0.type == .image || options.requiresLabels && $0.type == .table && $0.topFolder == nil })
        else { throw ImageDatasetError.noImages(path: tree.path, found: tree.contents) }
        let warnings = tree.warnings()
        guard options.requiresLabels else {
            return DatasetParts(training: try ImageFolder.unlabelled(tree, options, warnings: warnings))
        }
        let tables = try ImageTable.Choice(inner, options)
        if let parts = try ImageTable.parts(of: inner, options, choice: tables, warnings: warnings) { return parts }
        return try ImageFolder.parts(of: inner, options, warnings: warnings + tables.warnings)
    }
}
