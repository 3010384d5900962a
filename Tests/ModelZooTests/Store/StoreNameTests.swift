import Foundation
import ModelZoo
import Testing
import ZooTensor
import ZooTestSupport

/// Names that differ only in the case of letters, and what is left of contents that are gone.
@Suite("Names and folders of a store") struct StoreNameTests {
    private static func add(_ name: String, to store: Store) throws {
        try store.add(
            Manifest(name: "model", family: "bert", task: "features"), as: ModelReference(name),
            files: [("config.json", .bytes(Array("{\"name\": \"\(name)\"}".utf8)))])
    }

    @Test("of adds at one moment that differ only in case, one succeeds", arguments: [true, false])
    func sameMoment(locksHold: Bool) async throws {
        for turn in 0..<40 {
            let scratch = try Scratch()
            let store = try scratch.store()
            let watcher = FileWatcher(locksHold: locksHold)
            let names = turn % 2 == 0 ? ["Mood", "mood", "MOOD"] : ["mood:A", "mood:a"]
            let installed = await withTaskGroup(of: Int.self) { group in
                for name in names {
                    group.addTask {
                        FileFaults.$observer.withValue(watcher) {
                            do {
                                try Self.add(name, to: store)
                                return 1
                            } catch {
                                #expect((error as? any ZooError)?.exitCode == .conflict, "\(error)")
                                return 0
                            }
                        }
                    }
                }
                return await group.reduce(0, +)
            }
            // Without locks they may all give way.
            #expect(locksHold ? installed == 1 : installed <= 1)
            #expect(try store.list().models.count == installed)
        }
    }

    @Test("gc leaves no empty folders of contents")
    func emptyFolders() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        for number in 0..<8 { try Self.add("model\(number)", to: store) }
        for number in 0..<7 { try store.remove(ModelReference("model\(number)")) }
        let blobs = store.home + "/blobs/sha256"
        #expect(try folderEntries(blobs).count == 1)
        // One that a killed process has left.
        try makeFolders(blobs + "/zz")
        try store.collectGarbage(olderThan: 0, isDryRun: true)
        #expect(try folderEntries(blobs).count == 2)
        try store.collectGarbage(olderThan: 0)
        #expect(try folderEntries(blobs).count == 1)
        try store.verify(store.resolve(ModelReference("model7")))
    }
}
