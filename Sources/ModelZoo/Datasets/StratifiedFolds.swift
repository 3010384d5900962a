import ZooTensor

/// Divides examples into folds of nearly equal size with the classes in equal proportion, the same for the same seed everywhere.
///
/// The members of each class are dealt in a random order, one class after the other, so that sizes differ by at most 1.
///
/// - Parameters:
///   - labels: the class of each example, any numbers.
///   - count: the number of folds, at least 1; with fewer examples there are as many folds as examples.
/// - Returns: the folds, each with its indices into `labels` in ascending order; every index is in one of them.
public func stratifiedFolds(labels: [Int], count: Int, seed: UInt64) -> [[Int]] {
    let count = max(1, min(count, labels.count))
    var members: [Int: [Int]] = [:]
    for (index, label) in labels.enumerated() { members[label, default: []].append(index) }
    var random = SplitMix64(seed: seed)
    var folds = [[Int]](repeating: [], count: count)
    var next = 0
    for (_, indices) in members.sorted(by: { $0.key < $1.key }) {
        var shuffled = indices
        random.shuffle(&shuffled)
        for index in shuffled {
            folds[next].append(index)
            next = (next + 1) % count
        }
    }
    return folds.map { $0.sorted() }
}
