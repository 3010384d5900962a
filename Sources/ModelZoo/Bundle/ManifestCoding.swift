import ZooTensor

extension Manifest {
    /// The canonical bytes: sorted keys, one form per value, a newline at the end.
    public func encoded() -> [UInt8] {
        var object: JSONObject = [
            "format_version": .integer(Self.formatVersion),
            "name": .string(name),
            "family": .string(family),
            "minimum_core_version": .string(minimumCoreVersion.description),
            "task": .string(task),
            "files": .array(
                files.map {
                    .object(["name": .string($0.name), "size": .integer($0.byteCount), "digest": .string($0.digest.description)])
                }),
        ]
        object["source"] = source.map { .string($0) }
        object["revision"] = revision.map { .string($0) }
        object["licence"] = licence.map { .string($0) }
        if !labels.isEmpty { object["labels"] = .array(labels.map { .string($0) }) }
        if metrics.count > 0 { object["metrics"] = .object(metrics) }
        if let provenance {
            var member: JSONObject = ["configuration": .object(provenance.configuration)]
            member["base"] = provenance.base.map { .string($0.description) }
            member["data"] = provenance.data.map { .string($0.description) }
            member["data_name"] = provenance.dataName.map { .string($0) }
            member["data_examples"] = provenance.dataCount.map { .integer($0) }
            object["provenance"] = .object(member)
        }
        return Self.canonicalBytes(.object(object))
    }

    private static func canonicalBytes(_ document: JSON) -> [UInt8] {
        var bytes = document.serialized(pretty: true, sortedKeys: true)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// Reads a manifest strictly: unknown keys, wrong types and bytes other than the canonical ones are refused.
    ///
    /// - Parameter file: what errors name.
    /// - Throws: `BundleError`; `tooNew` when the manifest asks for a newer version of the format or of this package.
    public init(decoding bytes: [UInt8], file: String) throws(BundleError) {
        guard bytes.count <= FileRules.maximumManifestBytes else {
            throw .limit(
                file: file, entry: FileRules.manifestName, what: "size of the manifest in bytes", found: bytes.count,
                limit: FileRules.maximumManifestBytes)
        }
        let document: JSON
        do {
            document = try JSON.parse(bytes, file: file)
        } catch {
            throw .manifest(file: file, key: FileRules.manifestName, reason: error.message)
        }
        guard let object = document.object else {
            throw .manifest(file: file, key: FileRules.manifestName, reason: "expected an object, found \(document.kindName)")
        }
        // Versions first: a newer format may differ in everything else.
        var reader = MemberReader(object) { key, reason in BundleError.manifest(file: file, key: key, reason: reason) }
        let version = try reader.integer("format_version")
        guard version <= Self.formatVersion else {
            throw .tooNew(file: file, needs: "manifest format \(version)", has: "format \(Self.formatVersion)")
        }
        guard version == Self.formatVersion else {
            throw .manifest(file: file, key: "format_version", reason: "expected \(Self.formatVersion), found \(version)")
        }
        let core = try reader.string("minimum_core_version")
        guard let minimum = CoreVersion(core) else {
            throw .manifest(
                file: file, key: "minimum_core_version", reason: "expected three numbers as 0.1.0, found \"\(printable(core))\"")
        }
        guard minimum <= .current else { throw .tooNew(file: file, needs: "version \(minimum)", has: "version \(CoreVersion.current)") }

        self.init(name: try reader.string("name"), family: try reader.string("family"), task: try reader.string("task"))
        minimumCoreVersion = minimum
        source = try reader.optionalString("source")
        revision = try reader.optionalString("revision")
        licence = try reader.optionalString("licence")
        metrics = try reader.optionalObject("metrics") ?? [:]
        labels = try reader.strings("labels")
        var files: [File] = []
        try reader.forEach("files") { (entry) throws(BundleError) in
            let size = try entry.integer("size", atLeast: 0)
            files.append(File(name: try entry.string("name"), byteCount: size, digest: try entry.digest("digest")))
            try entry.finish()
        }
        self.files = files
        if let member = try reader.optionalObject("provenance") {
            var entry = reader.reader(of: member, "provenance")
            provenance = Provenance(
                base: try entry.optionalDigest("base"), data: try entry.optionalDigest("data"),
                dataName: try entry.optionalString("data_name"), dataCount: try entry.optionalInteger("data_examples"),
                configuration: try entry.optionalObject("configuration") ?? [:])
            try entry.finish()
        }
        try reader.finish()
        try check(file: file)
        // What `encoded` leaves out must not be there, and what it always writes must.
        let hasCanonicalKeys =
            (object["labels"] == nil) == labels.isEmpty && (object["metrics"] == nil) == (metrics.count == 0)
            && (provenance == nil || object["provenance"]?["configuration"] != nil)
        guard hasCanonicalKeys, Self.canonicalBytes(document) == bytes else {
            throw .manifest(
                file: file, key: FileRules.manifestName,
                reason: "the bytes are not the canonical ones: sorted keys, two spaces of indentation, no empty optional keys")
        }
    }
}
