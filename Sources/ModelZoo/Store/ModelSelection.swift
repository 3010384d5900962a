import ZooTensor

/// The model's folder among the entries of a source, and the files of it that are taken.
package struct ModelSelection {
    /// The folder with a slash at its end; empty for the source itself.
    package let prefix: String
    /// The files that are taken, named from the folder on.
    package let files: [String]
    /// The files of the folder that are left out.
    package let ignored: [String]
    /// The sum of the files' sizes.
    package let byteCount: Int

    /// - Parameters:
    ///   - entries: what the source holds.
    ///   - path: the source, for messages.
    ///   - inside: the folder that the user named.
    ///   - modules: the folders that the `modules.json` of a folder names, where its content is known; else folders are told by their names.
    package init(
        of entries: [SourceEntry], path: String, inside: String?, modules: [String: Set<String>] = [:]
    ) throws(ImportError) {
        var folders: [String: Set<String>] = [:]
        for entry in entries {
            let (folder, name) = Self.split(entry.name)
            folders[folder, default: []].insert(name)
        }
        let withConfiguration = folders.filter { $0.value.contains("config.json") }
        // A module's folder is part of the model above it.
        let models = withConfiguration.filter { $0.value.contains { $0.hasSuffix(".safetensors") } }.keys.map { folder in
            guard !folder.isEmpty else { return folder }
            let (above, name) = Self.split(String(folder.dropLast()))
            let isModule = modules[above]?.contains(name) ?? UpstreamFiles.isModules(name + "/config.json")
            return isModule && folders[above]?.contains("modules.json") == true ? above : folder
        }
        let candidates = Set(models).sorted()
        var wanted: String?
        if let inside {
            let folder = inside.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
            wanted = folder.isEmpty ? "" : folder + "/"
        }
        let names = candidates.map { String($0.dropLast()) }
        let chosen: String
        if let wanted, candidates.contains(wanted) {
            chosen = wanted
        } else if wanted == nil, let first = candidates.first, candidates.allSatisfy({ $0.hasPrefix(first) }) {
            // The only one, or the one that all others lie in, as a trainer's folder with its checkpoints.
            chosen = first
        } else if wanted == nil, !candidates.isEmpty {
            throw .several(path: path, folders: names)
        } else {
            for (folder, files) in withConfiguration.sorted(by: { $0.key < $1.key }) where wanted == nil || wanted == folder {
                if let pickle = files.sorted().first(where: UpstreamFiles.isPickle) {
                    throw .onlyPickle(path: path, folder: String(folder.dropLast()), file: pickle)
                }
            }
            for (folder, files) in withConfiguration.sorted(by: { $0.key < $1.key }) where wanted == nil || wanted == folder {
                if let file = files.sorted().first(where: UpstreamFiles.isOtherWeights) {
                    throw .onlyOther(path: path, folder: String(folder.dropLast()), file: file)
                }
            }
            if let inside { throw .noFolder(path: path, inside: inside, folders: names) }
            throw .noModel(path: path, found: entries.map(\.name).sorted())
        }

        let present = folders[chosen] ?? []
        let hasSingle = present.contains("model.safetensors")
        var taken: [String] = []
        var left: [String] = []
        var bytes = 0
        var seen: Set<String> = []
        for entry in entries where entry.name.hasPrefix(chosen) {
            let name = String(entry.name.dropFirst(chosen.count))
            let isRest = hasSingle && (UpstreamFiles.isShard(name) || name == "model.safetensors.index.json")
            let isModules = modules[chosen].map { UpstreamFiles.isModules(name, in: $0) } ?? UpstreamFiles.isModules(name)
            let isTaken = isModules ? present.contains("modules.json") || name == "1_Pooling/config.json" : UpstreamFiles.isTaken(name)
            guard isTaken && (isModules || !name.contains("/")), !isRest else {
                if !name.contains("/") { left.append(name) }
                continue
            }
            if let special = entry.special { throw .notRegular(path: path, entry: entry.name, found: special) }
            guard seen.insert(name).inserted else { throw .duplicate(path: path, entry: entry.name) }
            taken.append(name)
            bytes = bytes &+ entry.byteCount
        }
        guard taken.contains(where: UpstreamFiles.isWeights) else {
            throw .shards(
                path: path, entry: chosen,
                reason: "expected the weights as model.safetensors or model-00001-of-0000N.safetensors, found "
                    + present.filter { $0.hasSuffix(".safetensors") }.sorted().prefix(3).map { printable($0) }.joined(separator: ", "))
        }
        prefix = chosen
        files = taken
        ignored = left.sorted()
        byteCount = bytes
    }

    private static func split(_ name: String) -> (folder: String, name: String) {
        guard let slash = name.lastIndex(of: "/") else { return ("", name) }
        return (String(name[...slash]), String(name[name.index(after: slash)...]))
    }
}
