import ZooTensor

/// Divides examples into a training and a validation part with the classes in equal proportion, the same for the same seed everywhere.
///
/// A class of one example stays in the training part, and every other class keeps at least one example there. Of the classes with two
/// or more examples, each gives its share rounded down, and the rest goes to the largest remainders (equal ones in a random order), so
/// that the validation part as a whole has the size asked for.
///
/// - Parameters:
///   - labels: the class of each example, any numbers.
///   - validationFraction: the share of the validation part, in 0…1.
/// - Returns: indices into `labels`, ascending in both parts; together they are all indices.
public func stratifiedSplit(labels: [Int], validationFraction: Double, seed: UInt64) -> (train: [Int], validation: [Int]) {
    let fraction = validationFraction > 0 ? min(validationFraction, 1) : 0
    var classes: [Int: Int] = [:]
    var members: [[Int]] = []
    for (index, label) in labels.enumerated() {
        if let position = classes[label] {
            members[position].append(index)
        } else {
            classes[label] = members.count
            members.append([index])
        }
    }

    // Neither the order of the file's classes nor that of the dictionary may decide, so go by label.
    var random = SplitMix64(seed: seed)
    var shares: [(members: [Int], count: Int, remainder: Double, tie: UInt64)] = []
    var eligible = 0
    for position in classes.sorted(by: { $0.key < $1.key }).map(\.value) where members[position].count > 1 {
        var shuffled = members[position]
        random.shuffle(&shuffled)
        let quota = Double(shuffled.count) * fraction
        let count = min(Int(quota), shuffled.count - 1)
        shares.append((shuffled, count, quota - Double(count), random.next()))
        eligible += shuffled.count
    }

    var missing = Int((Double(eligible) * fraction).rounded()) - shares.reduce(0) { $0 + $1.count }
    let order = shares.indices.sorted {
        let (a, b) = (shares[$0], shares[$1])
        return a.remainder != b.remainder ? a.remainder > b.remainder : a.tie != b.tie ? a.tie < b.tie : $0 < $1
    }
    for position in order where missing > 0 && shares[position].remainder > 0 && shares[position].count < shares[position].members.count - 1
    {
        shares[position].count += 1
        missing -= 1
    }

    var inValidation = [Bool](repeating: false, count: labels.count)
    for share in shares {
        for index in share.members.prefix(share.count) { inValidation[index] = true }
    }
    return (labels.indices.filter { !inValidation[$0] }, labels.indices.filter { inValidation[$0] })
}
