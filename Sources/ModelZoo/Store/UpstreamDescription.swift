package import ZooTensor

/// What an upstream model's own files say about it.
package struct UpstreamDescription {
    /// Whether a file is looked into. Of licences, of which there may be many, only short ones are.
    package static func reads(_ name: String, byteCount: Int) -> Bool {
        if name.hasPrefix("LICEN") { return byteCount <= 128 << 10 }
        let file = name.split(separator: "/").last.map(String.init) ?? name
        return ["config.json", "README.md", "modules.json", "model.safetensors.index.json"].contains(file) && byteCount <= 16 << 20
    }

    /// The folder or archive.
    let path: String
    /// The model's folder in it, with a slash at its end.
    let prefix: String
    /// The contents of the files by name.
    let contents: [String: [UInt8]]

    /// The transformer's folder with a slash at its end, if it has one of its own.
    private let transformer: String

    package init(path: String, prefix: String, contents: [String: [UInt8]]) {
        self.path = path
        self.prefix = prefix
        self.contents = contents
        let modules = contents["modules.json"].flatMap { try? JSON.parse($0) }.flatMap { try? SentenceModule.list($0, file: path) }
        let folder = modules.flatMap(SentenceModule.transformerFolder).map { $0 + "/" } ?? ""
        transformer = contents[folder + "config.json"] == nil ? "" : folder
    }

    /// The manifest of a model.
    ///
    /// - Parameters:
    ///   - name: the model's name.
    ///   - files: its files, in any order.
    ///   - source: the upstream repository, and its revision.
    ///   - family: see ``Importer/importModel(_:as:tag:inside:replacing:family:progress:)``.
    /// - Throws: `ImportError`, `BundleError`, and what `family` throws.
    package func manifest(
        named name: String, files: [Manifest.File], source: String?, revision: String?,
        family: (JSON) throws -> (family: String, configuration: JSON)
    ) throws -> Manifest {
        let (identifier, configuration) = try family(self.configuration())
        try checkShards(files.map(\.name))
        var manifest = Manifest(name: name, family: identifier, task: task(of: configuration))
        manifest.labels = try labels(of: configuration)
        manifest.licence = licence
        manifest.source = source
        manifest.revision = revision
        manifest.files = files.sorted { UpstreamFiles.precedes($0.name, $1.name) }
        try manifest.check(file: path)
        return manifest
    }

    /// The document of `config.json`.
    func configuration() throws(ImportError) -> JSON {
        let document = try parse(transformer + "config.json")
        guard document.object != nil else {
            throw .configuration(
                path: path, entry: prefix + transformer + "config.json", reason: "expected an object, found \(document.kindName)")
        }
        return document
    }

    private func parse(_ name: String) throws(ImportError) -> JSON {
        guard let bytes = contents[name] else {
            throw .configuration(path: path, entry: prefix + name, reason: "the file has more than 16 MiB")
        }
        do {
            return try JSON.parse(bytes, limits: JSONLimits(allowsNonFinite: true))
        } catch {
            throw .configuration(path: path, entry: prefix + name, reason: error.description)
        }
    }

    /// What the upstream class name says that the model does; `features` where there is no head that is known.
    func task(of configuration: JSON) -> String {
        let architecture = configuration["architectures"]?.array?.first?.string ?? ""
        let tasks = [
            "ForSequenceClassification": "text-classification", "ForImageClassification": "image-classification",
            "ForTokenClassification": "token-classification", "ForMaskedLM": "fill-mask",
        ]
        return tasks.first { architecture.hasSuffix($0.key) }?.value ?? "features"
    }

    /// The names of a classifier's classes from `id2label`, whose keys must be 0, 1, … without gaps.
    func labels(of configuration: JSON) throws(ImportError) -> [String] {
        guard task(of: configuration).hasSuffix("-classification"), let table = configuration["id2label"], table != .null else { return [] }
        func failure(_ reason: String) -> ImportError {
            .configuration(path: path, entry: prefix + transformer + "config.json", reason: "id2label: \(reason)")
        }
        guard let object = table.object else { throw failure("expected an object, found \(table.kindName)") }
        var labels: [String] = []
        for index in 0..<object.count {
            guard let value = object[String(index)] else {
                throw failure("expected the keys 0 to \(object.count - 1), found no \(index)")
            }
            guard let label = Labels.name(value) else { throw failure("expected a string for \(index), found \(value.kindName)") }
            labels.append(label)
        }
        return Labels.distinct(labels)
    }

    /// Throws unless the index of a sharded model names exactly the shards that are there.
    func checkShards(_ files: [String]) throws(ImportError) {
        let index = transformer + "model.safetensors.index.json"
        let shards = Set(
            files.filter { $0.hasPrefix(transformer) }.map { String($0.dropFirst(transformer.utf8.count)) }.filter(UpstreamFiles.isShard))
        guard !shards.isEmpty else { return }
        let entry = prefix + index
        guard files.contains(index) else { throw .shards(path: path, entry: entry, reason: "the index of the shards is missing") }
        guard let map = try parse(index)["weight_map"]?.object else {
            throw .shards(path: path, entry: entry, reason: "expected an object \"weight_map\"")
        }
        var named: Set<String> = []
        for (tensor, value) in map.pairs {
            guard let name = value.string, UpstreamFiles.isShard(name) else {
                throw .shards(
                    path: path, entry: entry,
                    reason: "tensor \"\(printable(tensor))\": expected the name of a shard as model-00001-of-00002.safetensors, found "
                        + (value.string.map { "\"\(printable($0))\"" } ?? value.kindName))
            }
            named.insert(name)
        }
        if let name = named.subtracting(shards).sorted().first {
            throw .shards(path: path, entry: entry, reason: "the shard \(name) is missing")
        }
        if let name = shards.subtracting(named).sorted().first {
            throw .shards(path: path, entry: entry, reason: "the shard \(name) is not in the index")
        }
    }

    /// The licence that the model card's front matter tells, else what the licence file is recognised as, else nil.
    var licence: String? {
        let card = frontMatter
        let value = card["license"] ?? card["licence"]
        if let value, value != "other", Self.isIdentifier(value) { return value }
        if let name = card["license_name"], Self.isIdentifier(name) { return name }
        let file = contents.filter { $0.key.hasPrefix("LICEN") }.min { $0.key < $1.key }
        if let text = file.map({ String(decoding: $0.value.prefix(4096), as: UTF8.self) }) {
            if text.contains("Apache License") && text.contains("Version 2.0") { return "apache-2.0" }
            if text.contains("Permission is hereby granted, free of charge") { return "mit" }
            if text.contains("Redistribution and use in source and binary forms") {
                return text.contains("Neither the name") ? "bsd-3-clause" : "bsd-2-clause"
            }
        }
        return value.flatMap { Self.isIdentifier($0) ? $0 : nil }
    }

    /// The plain `key: value` lines of the model card's front matter.
    private var frontMatter: [String: String] {
        guard let bytes = contents["README.md"] else { return [:] }
        let lines = bytes.prefix(1 << 16).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard lines.first.map(Self.trimmed) == "---" else { return [:] }
        var result: [String: String] = [:]
        for line in lines.dropFirst() {
            if Self.trimmed(line) == "---" { return result }
            guard let colon = line.firstIndex(of: ":") else { continue }
            result[String(line[..<colon])] = Self.trimmed(String(line[line.index(after: colon)...]))
        }
        return [:]
    }

    private static func trimmed(_ text: String) -> String {
        let unwanted: Set<Unicode.Scalar> = [" ", "\t", "\r", "\"", "'"]
        let scalars = text.unicodeScalars.drop { unwanted.contains($0) }
        return String(scalars.reversed().drop { unwanted.contains($0) }.reversed().map(Character.init))
    }

    private static func isIdentifier(_ text: String) -> Bool {
        (1...80).contains(text.utf8.count)
            && text.utf8.allSatisfy { ModelReference.isNameByte($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: " ") }
    }
}
