import ZooTensor

/// Images in one folder for each class, at any depth below it, the form of torchvision's `ImageFolder`; or folders `train`, `val` and
/// `test`, each of that form.
enum ImageFolder {
    /// - Parameters:
    ///   - tree: files of which at least one is an image.
    ///   - warnings: what is known already.
    /// - Throws: `ImageDatasetError.noClassFolders`, `.noTraining`, `.repeatedPart`, `DatasetError.unknownLabel`.
    static func parts(of tree: FileTree, _ options: ReadingOptions, warnings: [String]) throws -> DatasetParts {
        var parts: [PartName: [Substring]] = [:]
        var others: [Substring] = []
        for folder in tree.imageFolders {
            if let part = PartName(folder) { parts[part, default: []].append(folder) } else { others.append(folder) }
        }
        let hasDirect = tree.files.contains { $0.type == .image && $0.topFolder == nil }
        guard let training = parts[.training]?.first else {
            // A folder `test` beside other folders is a class of that name.
            guard parts.isEmpty || !others.isEmpty || hasDirect else {
                throw ImageDatasetError.noTraining(path: tree.title, found: tree.imageFolders.map { String($0) })
            }
            return DatasetParts(training: try dataset(of: tree, options.labels, options, warnings))
        }
        // Trains may be a class beside cars: then the images lie in `train` itself, or no other part is there.
        let inner = tree.below(training)
        let isDivided =
            inner.files.allSatisfy { $0.type != .image || $0.topFolder != nil }
            || inner.files.contains { $0.type == .table && $0.topFolder == nil }
        let isPart = others.isEmpty || isDivided && parts.count > 1
        guard isPart else { return DatasetParts(training: try dataset(of: tree, options.labels, options, warnings)) }
        if let names = parts.values.first(where: { $0.count > 1 }) {
            throw ImageDatasetError.repeatedPart(path: tree.title, names: names.map { String($0) })
        }

        var warnings = warnings + emptyFolders(of: tree)
        var beside = NameTally()
        for file in tree.images where file.topFolder.map({ PartName($0) == nil }) ?? true { beside.add(file.name) }
        if beside.count > 0 {
            warnings.append(
                beside.described(
                    "image beside the folders of the parts is passed over", "images beside the folders of the parts are passed over"))
        }
        let first = try part(inner, options.labels, options, warnings)
        func other(_ name: PartName) throws -> LabelledDataset? {
            try parts[name]?.first.map { try part(tree.below($0), first.labels, options, []) }
        }
        return DatasetParts(training: first, validation: try other(.validation), test: try other(.test))
    }

    /// The images of one part, which may have a table of its own.
    private static func part(
        _ tree: FileTree, _ labels: [String]?, _ options: ReadingOptions, _ warnings: [String]
    ) throws -> LabelledDataset {
        let tables = try ImageTable.Choice(tree, options)
        if let file = tables.files[.training] {
            return try ImageTable(file, in: tree, options).dataset(labels: labels, options, warnings: warnings + tables.warnings)
        }
        return try dataset(of: tree, labels, options, warnings + tables.warnings)
    }

    /// The images of the folders of classes.
    private static func dataset(
        of tree: FileTree, _ labels: [String]?, _ options: ReadingOptions, _ warnings: [String]
    ) throws -> LabelledDataset {
        var collector = ExampleCollector(labels: labels, requiresLabels: true)
        var direct = NameTally()
        var count = 0
        for file in tree.images {
            guard let folder = file.topFolder.map(String.init), !folder.isBlank else {
                direct.add(file.name)
                continue
            }
            count += 1
            try collector.add(tree.source(of: file), label: folder, path: tree.title(of: file))
        }
        guard count > 0 else {
            throw ImageDatasetError.noClassFolders(path: tree.title, count: direct.count, example: direct.names.first ?? "")
        }
        var warnings = warnings + emptyFolders(of: tree)
        if direct.count > 0 {
            warnings.append(
                direct.described(
                    "image beside the folders of the classes has no class and is passed over",
                    "images beside the folders of the classes have no class and are passed over"))
        }
        return collector.dataset(tree.title, warnings: warnings)
    }

    /// All images without classes.
    static func unlabelled(_ tree: FileTree, _ options: ReadingOptions, warnings: [String]) throws -> LabelledDataset {
        var collector = ExampleCollector(labels: options.labels, requiresLabels: false)
        for file in tree.images { try collector.add(tree.source(of: file), label: nil, path: tree.title) }
        return collector.dataset(tree.title, warnings: warnings)
    }

    /// A warning if there are folders without images.
    private static func emptyFolders(of tree: FileTree) -> [String] {
        let full = Set(tree.imageFolders)
        var empty = NameTally()
        for folder in tree.folders.sorted(by: { precedesByBytes(String($0), String($1)) })
        where !folder.utf8.contains(UInt8(ascii: "/")) && !full.contains(folder) {
            empty.add(folder)
        }
        return empty.count > 0 ? [empty.described("folder has no images", "folders have no images")] : []
    }
}
