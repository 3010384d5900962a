import ModelZoo
import Testing
import ZooTensor
import ZooTestSupport

/// How a process ends in the midst of its work.
private enum End: CaseIterable {
    /// It is killed: all that was done to files stays.
    case killed
    /// The power goes: what was not brought to the disk is lost.
    case powerCut
    /// The power goes, and the disk has written names down early, of its own accord. Contents are lost that were not brought to it.
    case powerCutAfterNames
}

/// A disk that forgets what was not brought to it when the power goes.
private struct Disk {
    private struct File {
        var content: [UInt8] = []
        var synchronised: [UInt8] = []
    }

    private var files: [File] = []
    private var names: [String: Int] = [:]
    private var lasting: [String: Int] = [:]
    private var folders: Set<String> = []
    private var lastingFolders: Set<String> = []

    init(_ operations: some Sequence<FileOperation>) {
        for operation in operations { apply(operation) }
    }

    private mutating func apply(_ operation: FileOperation) {
        switch operation {
        case .create(let path):
            names[path] = files.count
            files.append(File())
        case .write(let path, let offset, let bytes):
            guard let file = names[path] else { return }
            let start = offset < 0 ? files[file].content.count : offset
            let missing = start + bytes.count - files[file].content.count
            if missing > 0 { files[file].content += [UInt8](repeating: 0, count: missing) }
            files[file].content.replaceSubrange(start..<start + bytes.count, with: bytes)
        case .synchronise(let path): if let file = names[path] { files[file].synchronised = files[file].content }
        case .synchroniseFolder(let path):
            for (name, file) in names where Disk.parent(name) == path { lasting[name] = file }
            for name in lasting.keys where Disk.parent(name) == path && names[name] == nil { lasting[name] = nil }
            for folder in folders where Disk.parent(folder) == path { lastingFolders.insert(folder) }
        case .makeFolder(let path): folders.insert(path)
        case .rename(let path, let target):
            names[target] = names[path]
            names[path] = nil
        case .link(let path, let target): names[target] = names[path]
        case .remove(let path): names[path] = nil
        }
    }

    private static func parent(_ path: String) -> String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }

    /// What is on the disk below a folder when it ends now.
    func write(from root: String, to target: String, after end: End) throws {
        let known = end == .powerCut ? lastingFolders : folders
        func isThere(_ folder: String) -> Bool {
            folder.utf8.count <= root.utf8.count || known.contains(folder) && isThere(Disk.parent(folder))
        }
        for folder in known where folder.hasPrefix(root) && isThere(folder) { try makeFolders(target + folder.dropFirst(root.count)) }
        for (name, file) in end == .powerCut ? lasting : names where name.hasPrefix(root + "/") && isThere(Disk.parent(name)) {
            try makeFolders(target + Disk.parent(name).dropFirst(root.count))
            try writeFile(target + name.dropFirst(root.count), end == .killed ? files[file].content : files[file].synchronised)
        }
    }
}

@Suite("Power cuts and full disks")
struct PowerCutTests {
    private static func manifest(_ name: String) -> Manifest { Manifest(name: name, family: "bert", task: "features") }
    private static let files: [(name: String, source: FileSource)] = [
        ("config.json", .bytes(Array("{}".utf8))), ("vocab.txt", .bytes(Array("[PAD]\n".utf8))),
    ]
    private static let others: [(name: String, source: FileSource)] = [
        ("config.json", .bytes(Array("{ }".utf8))), ("vocab.txt", .bytes(Array("[PAD]\n".utf8))),
    ]

    @Test("D2 D3 whenever the process is killed or the power goes: every model that is listed is whole", arguments: End.allCases)
    private func ended(end: End) throws {
        let scratch = try Scratch()
        let home = scratch.path + "/store"
        let watcher = FileWatcher()
        var done: [Int] = []
        try FileFaults.$observer.withValue(watcher) {
            let store = try Store(home: home)
            let first = try store.add(Self.manifest("one"), files: Self.files)
            done.append(watcher.operations.count)
            try store.add(Self.manifest("two"), replacing: false, files: Self.others)
            done.append(watcher.operations.count)
            try store.add(Self.manifest("one"), files: Self.others)
            try store.tag(first, as: ModelReference("one:old"))
            done.append(watcher.operations.count)
            // What only this one needs goes at once, and what nobody needs any more with the collection.
            try store.remove(ModelReference("two"))
            try store.add(Self.manifest("one"), files: Self.files)
            try store.collectGarbage(olderThan: 0)
            done.append(watcher.operations.count)
        }
        let operations = watcher.operations
        #expect(operations.count > 40)
        for count in 0...operations.count {
            let target = scratch.path + "/after-\(count)"
            try Disk(operations.prefix(count)).write(from: home, to: target, after: end)
            let store = try Store(home: target)
            let listing = try store.list()
            #expect(listing.broken.isEmpty, "after \(count) operations: \(listing.broken)")
            for model in listing.models { try store.verify(model) }
            // What was reported as done is there.
            if count >= done[0] { #expect(listing.models.contains { $0.reference.name == "one" }, "after \(count) operations") }
            if (done[1]...done[2]).contains(count) {
                #expect(listing.models.contains { $0.reference.name == "two" }, "after \(count) operations")
            }
            if count == done[2] { #expect(listing.models.count == 3) }
            if count == done[3] { #expect(listing.models.count == 2) }
            // And the store goes on working.
            try store.add(Self.manifest("three"), files: Self.files)
            Scratch.delete(target)
        }
    }

    @Test(
        "D17 D19 no space, no quota, no permission, no descriptors at any operation: an error, and the store is as it was",
        arguments: [
            FileError.noSpace(path: "x"), .failed(action: "write", path: "x", reason: "Read-only file system"),
            .failed(action: "open", path: "x", reason: "Permission denied"),
            .failed(action: "open", path: "x", reason: "Too many open files"),
        ])
    func failures(error: FileError) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try store.add(Self.manifest("one"), files: Self.files)
        let before = try Scratch.tree(store.home)
        let whole = FileWatcher()
        try FileFaults.$observer.withValue(whole) { _ = try scratch.store("other").add(Self.manifest("two"), files: Self.others) }
        var number = 0
        while true {
            let watcher = FileWatcher(failing: number, with: error)
            var thrown: (any Error)?
            FileFaults.$observer.withValue(watcher) {
                do { try store.add(Self.manifest("two"), files: Self.others) } catch { thrown = error }
            }
            guard let thrown else { break }
            #expect((thrown as? any ZooError)?.exitCode == .resources, "operation \(number): \(thrown)")
            let tree = try Scratch.tree(store.home)
            // A content may be there already, which the model would have used; it is whole, and goes with the next removal.
            let extra = tree.filter { !before.contains($0) }
            #expect(extra.allSatisfy { $0.hasPrefix("blobs/") || $0 == "manifests/two/" }, "operation \(number): \(extra)")
            #expect(before.allSatisfy(tree.contains), "operation \(number)")
            #expect(try store.list().models.map(\.reference.name) == ["one"])
            for model in try store.list().models { try store.verify(model) }
            try store.collectGarbage(olderThan: 0)
            number += 1
        }
        #expect(number > 10)
        #expect(try store.list().models.count == 2)
    }
}
