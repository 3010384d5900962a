import ModelZoo
import ZooNN
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Features of frozen backbones, kept between runs.
///
/// The key of an entry is the hash of everything that the features depend on: this program's version, the values of all weights below the
/// head, the configuration, what the head reads, and each input as the tokenizer prepares it. So an entry is never stale; one that is
/// damaged is computed anew.
public struct FeatureCache: Sendable {
    /// The folder.
    public let folder: String
    /// The largest size in bytes of all entries together; the ones unused for longest go first.
    public let byteLimit: Int

    public init(folder: String, byteLimit: Int = 4 << 30) {
        self.folder = folder
        self.byteLimit = byteLimit
    }

    private static let tensorName = "features"

    private func path(_ key: Digest) -> String { folder + "/" + key.hex + ".safetensors" }

    /// The features of a key; nil if there is no sound entry.
    func load(_ key: Digest, shape: Shape) -> Tensor? {
        guard let file = try? SafetensorsFile(path(key)), file.metadata["key"] == key.hex, let sum = file.metadata["sha256"],
            let tensor = try? file.tensor(Self.tensorName), tensor.shape == shape, Self.digest(tensor).hex == sum
        else { return nil }
        _ = utimes(path(key), nil)  // used now
        return tensor
    }

    /// Keeps features. A cache that cannot be written is no reason to fail.
    func store(_ tensor: Tensor, _ key: Digest) {
        guard tensor.count * 4 <= byteLimit, (try? makeFolders(folder)) != nil else { return }
        _ = try? SafetensorsWriter.write(
            [(Self.tensorName, tensor)], metadata: ["key": key.hex, "sha256": Self.digest(tensor).hex], to: path(key))
        prune(sparing: path(key))
    }

    private static func digest(_ tensor: Tensor) -> Digest {
        var hasher = DigestHasher()
        tensor.withElements { hasher.update(UnsafeRawBufferPointer($0)) }
        return hasher.finalize()
    }

    /// Takes away the entries unused for longest, and what a killed process left of one.
    private func prune(sparing kept: String) {
        var entries: [(path: String, byteCount: Int, age: Int)] = []
        for name in (try? folderEntries(folder)) ?? [] {
            let path = folder + "/" + name
            guard let age = fileAge(path), case .regular(let byteCount)? = fileKind(path, followingLinks: false) else { continue }
            if name.hasSuffix(".safetensors"), !name.hasPrefix(".") {
                entries.append((path, byteCount, age))
            } else if name.hasPrefix(FileWriter.temporaryPrefix), age > 86_400 {
                unlink(path)
            }
        }
        var total = entries.reduce(0) { $0 + $1.byteCount }
        for entry in entries.sorted(by: { ($1.age, $0.path) < ($0.age, $1.path) }) where total > byteLimit && entry.path != kept {
            if unlink(entry.path) == 0 { total -= entry.byteCount }
        }
    }
}

/// The features that a head reads, one row for each input.
struct InputFeatures<Family: ModelFamily> {
    let model: Model<Family>
    let cache: FeatureCache?
    /// The hash of what all inputs have in common.
    private let base: DigestHasher

    init(_ model: Model<Family>, _ head: ClassificationHead, _ cache: FeatureCache?) {
        self.model = model
        self.cache = cache
        var hasher = DigestHasher()
        hasher.update(text: "features \(CoreVersion.current) \(Family.identifier) \(head.summary) ")
        hasher.update(text: JSON.object(model.upstreamConfiguration).serializedText())
        for parameter in model.schema.parameters where !Strategy.headOnly.trains(parameter) {
            hasher.update(text: "\(parameter.path) \(parameter.shape) ")
            model.weights[parameter].withElements { hasher.update(UnsafeRawBufferPointer($0)) }
        }
        base = hasher
    }

    /// `[inputs, width]`: from the cache, or computed.
    ///
    /// - Returns: also whether they came from the cache.
    func callAsFunction(
        _ inputs: [Family.InputTokenizer.Encoded], _ head: ClassificationHead, progress: (_ done: Int, _ total: Int) -> Void
    ) throws -> (features: Tensor, isCached: Bool) {
        let width = model.configuration.width
        var hasher = base
        for input in inputs { model.tokenizer.fingerprint(input, into: &hasher) }
        let key = hasher.finalize()
        if let features = cache?.load(key, shape: [inputs.count, width]) { return (features, true) }
        var features = try Tensor(
            allocating: [inputs.count, width], for: "the features of \(inputs.count) inputs", zeroed: true, lasting: true)
        try model.forEachBatch(inputs) { batch, places in
            let summary = head.summary(model.features(batch, Pass(model.weights))).value
            try model.check(summary)
            precondition(summary.rows == places.count && summary.columns == width, "a head reads vectors of the model's width")
            features.withMutableElements { target in
                summary.withElements { source in
                    for index in source.indices { target[places.lowerBound * width + index] = source[index] }
                }
            }
            progress(places.upperBound, inputs.count)
        }
        cache?.store(features, key)
        return (features, false)
    }
}
