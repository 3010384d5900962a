import ZooTensor

/// A zip file, a Python wheel, or a tar archive, plain or compressed with gzip or zstd, that holds a model's folder. It is read twice.
struct ArchiveSource: ModelSource {
    let path: String

    func entries() throws -> [SourceEntry] {
        let reader = try ArchiveReader(path, mode: .foreign)
        var result: [SourceEntry] = []
        var count = 0
        var total = 0
        let limit = try expansionLimit()
        while let entry = try reader.next() {
            count += 1
            guard count <= FileRules.maximumEntries else {
                throw BundleError.limit(file: path, entry: nil, what: "number of entries", found: count, limit: FileRules.maximumEntries)
            }
            // What nobody takes is decompressed too, to get past it.
            let sum = total.addingReportingOverflow(entry.kind == .file ? max(0, entry.byteCount ?? 0) : 0)
            guard !sum.overflow, sum.partialValue <= limit else {
                throw BundleError.limit(
                    file: path, entry: entry.name, what: "sum of the entries' sizes in bytes",
                    found: sum.overflow ? .max : sum.partialValue, limit: limit)
            }
            total = sum.partialValue
            guard let name = try name(of: entry) else { continue }
            switch entry.kind {
            case .file: result.append(SourceEntry(name: name, special: nil, byteCount: max(0, entry.byteCount ?? 0)))
            case .folder: break
            case .other(let kind): result.append(SourceEntry(name: name, special: kind, byteCount: 0))
            }
        }
        return result
    }

    /// How many bytes the entries may have in sum: a hundred times the file's, which no model comes near to, and 1 GiB in any case.
    private func expansionLimit() throws -> Int {
        guard case .regular(let byteCount)? = fileKind(path) else { throw FileError.notFound(path: path) }
        let (product, overflow) = byteCount.multipliedReportingOverflow(by: 100)
        return overflow ? .max : max(1 << 30, product)
    }

    func read(_ chosen: Set<String>, _ body: (String, Int, SourceContent) throws -> Void) throws {
        let reader = try ArchiveReader(path, mode: .foreign)
        var missing = chosen
        while !missing.isEmpty, let entry = try reader.next() {
            guard let name = try name(of: entry), chosen.contains(name) else { continue }
            guard entry.kind == .file, missing.remove(name) != nil else { throw ImportError.changed(path: path, entry: name) }
            let count = try reader.size(of: entry)
            try body(name, count) { take in try reader.read(entry, byteCount: count, take) }
        }
        if let name = missing.sorted().first { throw ImportError.changed(path: path, entry: name) }
    }

    /// The name without a leading `./`; nil for one that is not UTF-8, which no model's file has.
    private func name(of entry: ArchiveReader.Entry) throws -> String? {
        guard let path = entry.path else { return nil }
        var name = Substring(path)
        while name.hasPrefix("./") { name = name.dropFirst(2) }
        guard !name.hasPrefix("/") else {
            throw ImportError.unsafeEntry(path: self.path, entry: String(name), rule: "is an absolute path")
        }
        guard !name.split(separator: "/").contains("..") else {
            throw ImportError.unsafeEntry(path: self.path, entry: String(name), rule: "holds the path component ..")
        }
        return String(name)
    }
}
