import ZooTensor

/// Tables in a folder, one for each part of a data set by their names: `train.csv`, `dev.tsv`, `test.jsonl`, in any of the formats of tables.
enum TableFolder {
    /// The tables of a folder by part.
    struct Choice {
        /// The names of the files.
        private(set) var files: [PartName: String] = [:]
        /// What a person should know about files that are not read.
        private(set) var warnings: [String] = []
    }

    /// The parts that the tables of a folder hold.
    ///
    /// - Throws: `DatasetError.notATable` for a folder without tables, `.severalTables`, `.noTrainingTable`, and what reading them throws.
    static func parts(
        _ path: String, columns: Columns, header: Bool, dialect: TableDialect, labels: [String]?, requiresLabels: Bool,
        progress: ((_ done: Int, _ total: Int) -> Void)?
    ) throws(DatasetError) -> DatasetParts {
        var base = path
        while base.hasSuffix("/") && base != "/" { base.removeLast() }
        let choice = try Choice(base)
        guard let first = choice.files[.training] else { throw .noTrainingTable(path: path, names: choice.files.values.sorted()) }
        func load(_ name: String, _ columns: Columns, _ labels: [String]?) throws(DatasetError) -> LabelledDataset {
            try LabelledDataset.load(
                base + "/" + name, header: header, dialect: dialect, columns: columns, labels: labels, requiresLabels: requiresLabels,
                progress: progress)
        }
        var warnings = choice.warnings
        let training = try load(first, columns, labels)
        let names = training.columns?.names ?? columns
        func other(_ part: PartName) throws(DatasetError) -> LabelledDataset? {
            guard let name = choice.files[part] else { return nil }
            do {
                return try load(name, names, training.labels)
            } catch {
                // The labels of many published test sets are kept back.
                guard part == .test, case .unknownColumn(_, let column, _) = error, column == names.label else { throw error }
                warnings.append("\(printable(name)) has no column \"\(printable(column))\" and is not used")
                return nil
            }
        }
        let validation = try other(.validation)
        let test = try other(.test)
        return DatasetParts(training: training.adding(warnings), validation: validation, test: test)
    }
}

extension TableFolder.Choice {
    /// How the names of texts begin that lie beside data and hold none.
    private static let companions = [
        "licen", "readme", "notice", "copying", "citation", "label", "class", "categor", "names", "about", "info", "requirements", "source",
    ]

    /// Looks at the names in a folder.
    init(_ path: String) throws(DatasetError) {
        let names: [String]
        do throws(FileError) {
            names = try folderEntries(path)
        } catch {
            throw .file(error)
        }
        var tables: [String] = []
        var texts: [String] = []
        var foreign: [String] = []
        var counts: [String: Int] = [:]
        for name in names where !FileType.isHidden(name) {
            guard case .regular? = fileKind(path + "/" + name) else { continue }
            counts[fileSuffix(name), default: 0] += 1
            switch TableFormat.suffix(name) {
            case _ where DatasetError.isForeignTable(name): foreign.append(name)
            case "txt": if !Self.companions.contains(where: name.lowercased().hasPrefix) { texts.append(name) }
            default: if TableFormat.isTable(name) { tables.append(name) }
            }
        }
        // Beside other tables, a text is a licence or a list of names, unless it is called as a part.
        let candidates = tables.isEmpty ? texts : tables + texts.filter { Self.part(of: $0) != nil }
        for name in candidates.sorted(by: precedesByBytes) {
            guard let part = Self.part(of: name) else { continue }
            if let other = files.updateValue(name, forKey: part) { throw .severalTables(path: path, names: [other, name]) }
        }
        if files[.training] == nil {
            let others = candidates.filter { Self.part(of: $0) == nil }
            guard others.count < 2 else { throw .severalTables(path: path, names: others) }
            if let only = others.first {
                files[.training] = only
            } else if files.isEmpty {
                if let name = names.first(where: { ["conll", "conllu", "iob", "iob2", "bio"].contains(fileSuffix($0)) }) {
                    _ = try TableFormat(path: path + "/" + name)
                }
                if let name = foreign.first(where: { Self.part(of: $0) == .training }) ?? foreign.first {
                    throw .unknownFormat(path: path + "/" + name, suffix: TableFormat.suffix(name))
                }
                let found = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5).map { suffix, count in
                    "\(counted(count, "file")) \(suffix.isEmpty ? "without extension" : "." + printable(suffix, limit: 20))"
                }
                throw .notATable(path: path, found: found.isEmpty ? "a folder" : "a folder of " + found.joined(separator: ", "))
            }
        }
        var unused = NameTally()
        for name in tables + foreign where !files.values.contains(name) { unused.add(name) }
        if unused.count > 0 { warnings.append(unused.described("table is not used", "tables are not used")) }
    }

    /// The part that a file stands for: its name without extensions, or one of the words in it, as in `reviews_train.csv`.
    private static func part(of name: String) -> PartName? {
        let stem = name.prefix { $0 != "." }
        if let part = PartName(stem) { return part }
        let parts = Set(stem.split { !$0.isLetter }.compactMap { PartName($0) })
        return parts.count == 1 ? parts.first : nil
    }
}
