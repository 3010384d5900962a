import Synchronization
import ZooTensor

/// What the user should know about images that were read all the same.
final class ImageRemarks: Sendable {
    private let names = Mutex<Set<String>>([])

    /// An image all of whose pixels are there, but not the end of its file.
    func addLackingEnd(_ name: String) { names.withLock { _ = $0.insert(name) } }

    /// In sentences, each told once.
    func take() -> [String] {
        let found = names.withLock { names in
            defer { names = [] }
            return names
        }
        if found.isEmpty { return [] }
        var tally = NameTally()
        for name in found.sorted(by: precedesByBytes) { tally.add(name) }
        return [
            tally.described(
                "image has all its pixels, but its file ends too early (the PNG chunk IEND is missing)",
                "images have all their pixels, but their files end too early (the PNG chunk IEND is missing)")
        ]
    }
}
