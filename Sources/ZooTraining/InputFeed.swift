package import ModelZoo
import Synchronization
package import ZooNN
import ZooTensor

/// One batch of an epoch.
package struct BatchRequest: Hashable {
    /// Counted from 1.
    package let epoch: Int
    /// Counted from 0 within the epoch.
    package let number: Int
    /// The examples.
    package let places: [Int]

    package init(epoch: Int, number: Int, places: [Int]) {
        self.epoch = epoch
        self.number = number
        self.places = places
    }
}

/// Prepares the inputs of batches: those of the next one while the current one is trained on.
///
/// What is done to an input depends on the seed, the epoch and the example alone, not on who does it when.
package final class InputFeed<InputTokenizer: Tokenizer> {
    package typealias Prepared = InputTokenizer.Prepared

    private let tokenizer: InputTokenizer
    package let inputs: [InputTokenizer.Encoded]
    private let augmentation: Augmentation
    private let random: RandomKey
    private var ahead: (request: BatchRequest, results: Results, work: BackgroundWork)?

    /// The results of one batch by place.
    private final class Results: Sendable {
        private let values: Mutex<[Result<Prepared, any Error>?]>

        init(_ count: Int) { values = Mutex(Array(repeating: nil, count: count)) }

        func set(_ index: Int, _ result: Result<Prepared, any Error>) { values.withLock { $0[index] = result } }

        /// - Throws: the error of the first place that has one.
        func all() throws -> [Prepared] { try values.withLock { try $0.compactMap { try $0?.get() } } }
    }

    package init(_ tokenizer: InputTokenizer, _ inputs: [InputTokenizer.Encoded], _ augmentation: Augmentation, seed: UInt64) {
        self.tokenizer = tokenizer
        self.inputs = inputs
        self.augmentation = augmentation
        random = RandomKey(seed: seed).derived("augmentation")
    }

    deinit { ahead?.work.cancel() }

    /// The number of tokens of some examples.
    func tokens(_ places: [Int]) -> Int { places.reduce(0) { $0 + tokenizer.length(inputs[$1]) } }

    /// The inputs of a batch, mixed where the settings say so, and the truth about each.
    ///
    /// - Parameters:
    ///   - next: the batch after this one, which is prepared meanwhile.
    ///   - labels: the class of each example.
    package func batch(_ request: BatchRequest, next: BatchRequest?, labels: [Int]) throws -> (
        prepared: [Prepared], targets: [ClassTarget]
    ) {
        let (results, work) = if let ahead, ahead.request == request { (ahead.results, ahead.work) } else { begin(request) }
        ahead = nil
        work.finish()
        let prepared = try results.all()
        if let next {
            let (results, work) = begin(next)
            ahead = (next, results, work)
            work.start()
        }
        return mixed(prepared, request.places.map { labels[$0] }, request)
    }

    private func begin(_ request: BatchRequest) -> (Results, BackgroundWork) {
        let results = Results(request.places.count)
        let chosen = request.places.map { inputs[$0] }
        let keys = request.places.map { random.derived(request.epoch).derived($0) }
        let varies = InputTokenizer.canAugment && augmentation.variesInputs
        let work = BackgroundWork(chosen.count) { [tokenizer, augmentation] index in
            let variation = varies ? Variation(augmentation, keys[index]) : nil
            results.set(index, Result { try tokenizer.prepare(chosen[index], variation) })
        }
        return (results, work)
    }

    /// Each input is mixed with its counterpart from the other end of the batch, all in the same proportion.
    private func mixed(_ prepared: [Prepared], _ labels: [Int], _ request: BatchRequest) -> (prepared: [Prepared], targets: [ClassTarget]) {
        let key = random.derived("mixing").derived(request.epoch).derived(request.number)
        guard InputTokenizer.canAugment, prepared.count > 1,
            let mixing = augmentation.mixing(epoch: request.epoch, key).map(tokenizer.fitted)
        else {
            return (prepared, labels.map { ClassTarget($0) })
        }
        let last = prepared.count - 1
        let inputs = prepared.indices.map { tokenizer.mix(prepared[$0], with: prepared[last - $0], mixing) }
        return (inputs, labels.indices.map { ClassTarget(labels[$0], mixedWith: labels[last - $0], share: mixing.share) })
    }
}
