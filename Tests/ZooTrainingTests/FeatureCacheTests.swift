import ModelZoo
import Testing
import ZooNN
import ZooTensor
import ZooTesting
import ZooTraining
import ZooViT

@Suite("T18 features computed once")
struct FeatureCacheTests {
    private let album: PhotoAlbum
    private let cache: FeatureCache

    init() throws {
        album = try PhotoAlbum()
        try album.write("train", perClass: 10)
        cache = FeatureCache(folder: album.folder.path + "/cache")
    }

    private var entries: [String] { get throws { try folderEntries(cache.folder).sorted() } }

    /// How many times inputs were put through the backbone.
    private func run(
        _ tuner: FineTuner<ViT>
    ) throws -> (computed: Int, result: FineTuned<ViT>) {
        var computed = 0
        let result = try tuner.run { if case .computingFeatures(let done, _) = $0 { computed = done } }
        return (computed, result)
    }

    private func headOnly(_ change: (inout TrainingConfiguration) -> Void = { _ in }) throws -> FineTuner<ViT> {
        try album.tuner(album.data("train"), cache: cache) {
            $0.strategy = .headOnly
            change(&$0)
        }
    }

    @Test("in the first run only, with the same result")
    func reuse() throws {
        let first = try run(headOnly())
        #expect(first.computed == 30 && first.result.plan.computesFeaturesOnce)
        #expect(try entries.count == 2)
        let second = try run(headOnly())
        #expect(second.computed == 0 && second.result.plan.notes.contains { $0.contains("earlier run") })
        for parameter in first.result.model.schema.parameters {
            #expect(first.result.model.weights[parameter].elements == second.result.model.weights[parameter].elements)
        }
        #expect(first.result.summary.validation == second.result.summary.validation)
    }

    @Test("the figures are those of the whole model")
    func sameFigures() throws {
        let result = try run(headOnly { $0.validationFraction = 0 }).result
        let metrics = try Evaluation.run(result.model, on: album.data("train"))
        #expect(metrics.accuracy > 0.5)
        let full = try run(headOnly { $0.epochs = 1 }).result
        let split = try Evaluation.run(full.model, on: album.data("train"))
        #expect(abs(split.loss - metrics.loss) > 0, "another run")
    }

    @Test("not with augmentation, nor when more than the head is trained")
    func notUsed() throws {
        #expect(try !run(headOnly { $0.augmentation = Augmentation(.light) }).result.plan.computesFeaturesOnce)
        #expect(try !run(album.tuner(album.data("train"), cache: cache)).result.plan.computesFeaturesOnce)
        #expect(try run(headOnly { $0.strategy = .freeze(["embeddings", "layers"]) }).result.plan.computesFeaturesOnce == false)
        #expect(throws: FileError.self) { try entries }
    }

    @Test("another base, another preparation, other images: computed anew")
    func neverStale() throws {
        #expect(try run(headOnly()).computed == 30)
        // Another image under the same name.
        try album.folder.write("train/red/3.png", ImageDecoder.png(PhotoAlbum.picture(2, 500)))
        #expect(try run(headOnly()).computed > 0)
        #expect(try run(headOnly()).computed == 0)
        // Another preparation.
        try album.folder.write("model/preprocessor_config.json", Array(#"{"size": 32, "resample": 3, "image_mean": [0.4, 0.5, 0.5]}"#.utf8))
        #expect(try run(headOnly()).computed == 30)
        #expect(try run(headOnly()).computed == 0)
        // A base that differs in one weight.
        let path = album.folder.path + "/model/model.safetensors"
        var bytes = try readFile(path)
        bytes[bytes.count - 2] ^= 0x40
        try writeFile(path, bytes)
        #expect(try run(headOnly()).computed == 30)
        // Another split takes other features.
        #expect(try run(headOnly { $0.seed = 9 }).computed == 30)
    }

    @Test("an entry that is damaged is computed anew and replaced")
    func damaged() throws {
        #expect(try run(headOnly()).computed == 30)
        for name in try entries {
            let path = cache.folder + "/" + name
            var bytes = try readFile(path)
            bytes[bytes.count - 3] ^= 1
            try writeFile(path, bytes)
        }
        #expect(try run(headOnly()).computed == 30)
        #expect(try run(headOnly()).computed == 0)
        for name in try entries { try writeFile(cache.folder + "/" + name, [1, 2, 3]) }
        #expect(try run(headOnly()).computed == 30)
    }

    @Test("a cache that cannot be written is no reason to fail; a small one forgets")
    func limits() throws {
        try album.folder.write("occupied", [0])
        let tuner = try album.tuner(album.data("train"), cache: FeatureCache(folder: album.folder.path + "/occupied")) {
            $0.strategy = .headOnly
        }
        #expect(try run(tuner).computed == 30)
        let small = FeatureCache(folder: album.folder.path + "/small", byteLimit: 4 * 27 * 32 + 600)
        let other = try album.tuner(album.data("train"), cache: small) { $0.strategy = .headOnly }
        #expect(try run(other).computed == 30)
        #expect(try folderEntries(small.folder).count == 1)
    }
}
