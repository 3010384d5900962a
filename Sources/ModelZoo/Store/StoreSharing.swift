import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Store {
    /// The folder of the runs of `zoo finetune`.
    public var runsFolder: String { home + "/runs" }

    /// Lets a folder of this store that a model was installed from share the contents with it: the files become hard links, so that nothing is
    /// kept twice. What cannot be linked stays as it is.
    package func share(_ model: InstalledModel, with folder: String) {
        for file in model.manifest.files {
            let path = folder + "/" + file.name
            guard fileKind(path, followingLinks: false) == .regular(byteCount: file.byteCount), let content = try? model.path(of: file.name)
            else { continue }
            let temporary = parentFolder(of: path) + "/" + FileWriter.temporaryName()
            if link(content, temporary) == 0 { rename(temporary, path) }
            // If both were the same file already, renaming has left it.
            unlink(temporary)
        }
    }
}
