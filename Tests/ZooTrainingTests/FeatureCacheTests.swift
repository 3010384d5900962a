import ModelZoo
import Testing
import ZooNN
import ZooTensor
import ZooTesting
import ZooTraining
import ZooViT

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("T18 features computed once")
struct FeatureCacheTests {
    /// All examples of the album went through the backbone: those to learn from, and those held back.
    private static let all = [27, 3]
    private static let none = [0, 0]

    private let album: PhotoAlbum
    private let cache: FeatureCache

    init() throws {
        album = try PhotoAlbum()
        try album.write("train", perClass: 10)
        cache = FeatureCache(folder: album.folder.path + "/cache")
    }

    private var entries: [String] { get throws { try folderEntries(cache.folder).sorted() } }

    /// Runs, and counts the inputs that were put through the backbone: of the training and of the validation part.
    private func run(_ tuner: FineTuner<ViT>) throws -> (computed: [Int], result: FineTuned<ViT>) {
        var events: [(done: Int, total: Int)] = []
        let result = try tuner.run { if case .computingFeatures(let done, let total) = $0 { events.append((done, total)) } }
        let examples = result.plan.examples
        let total = examples + result.plan.validationExamples
        #expect(events.allSatisfy { $0.total == total })
        // The validation part is counted on from the end of the training part, whether that is computed or not.
        let training = events.map { $0.done }.filter { $0 <= examples }
        let validation = events.map { $0.done - examples }.filter { $0 > 0 }
        return ([training.max() ?? 0, validation.max() ?? 0], result)
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
        #expect(first.computed == Self.all && first.result.plan.computesFeaturesOnce)
        #expect(first.result.plan.examples == 27 && first.result.plan.validationExamples == 3)
        #expect(try entries.count == 2)
        let second = try run(headOnly())
        #expect(second.computed == Self.none && second.result.plan.notes.contains { $0.contains("earlier run") })
        for parameter in first.result.model.schema.parameters {
            #expect(first.result.model.weights[parameter].elements == second.result.model.weights[parameter].elements)
        }
        #expect(first.result.summary.validation == second.result.summary.validation)
    }

    @Test("the figures are those of the whole model, also with features of an earlier run")
    func sameFigures() throws {
        try album.write("validation", perClass: 5, from: 100)
        let data = try album.data("train")
        let validation = try album.data("validation", labels: data.labels)
        let untrained = try Evaluation.run(album.model(), on: validation)
        for computed in [[30, 15], Self.none] {
            let found = try run(album.tuner(data, validation: validation, cache: cache) { $0.strategy = .headOnly })
            #expect(found.computed == computed)
            let measured = try #require(found.result.summary.validation)
            let whole = try Evaluation.run(found.result.model, on: validation)
            #expect(measured.count == 15 && measured.accuracy == whole.accuracy)
            #expect(abs(measured.loss - whole.loss) < 1e-5)
            #expect(abs(measured.loss - untrained.loss) > 1e-3, "nothing was learned")
        }
    }

    @Test("a plan tells that they will be, and computes none")
    func plan() throws {
        var events = 0
        let plan = try headOnly().plan { if case .computingFeatures = $0 { events += 1 } }
        #expect(events == 0 && plan.computesFeaturesOnce)
        #expect(fileKind(cache.folder) == nil)
        #expect(try run(headOnly()).result.plan == plan)
    }

    @Test("not with augmentation, nor when more than the head is trained")
    func notUsed() throws {
        for tuner in [
            try headOnly { $0.augmentation = Augmentation(.light) }, try album.tuner(album.data("train"), cache: cache),
            try headOnly { $0.strategy = .freeze(["embeddings", "layers"]) },
        ] {
            let (computed, result) = try run(tuner)
            #expect(computed == Self.none && !result.plan.computesFeaturesOnce)
        }
        #expect(throws: FileError.self) { try entries }
    }

    @Test("another base, another preparation, other images: computed anew, and only what depends on them")
    func neverStale() throws {
        #expect(try run(headOnly()).computed == Self.all)
        // Another image under the same name: in the training part, then in the one held back.
        let settings = TrainingConfiguration()
        let data = try album.data("train")
        let split = stratifiedSplit(
            labels: data.examples.compactMap { $0.label }, validationFraction: settings.validationFraction, seed: settings.seed)
        for (places, computed) in [(split.train, [27, 0]), (split.validation, [0, 3])] {
            let place = try #require(places.last)
            try writeFile(data.examples[place].input.parts[0], ImageDecoder.png(PhotoAlbum.picture(2, 500 + place)))
            #expect(try run(headOnly()).computed == computed)
            #expect(try run(headOnly()).computed == Self.none)
        }
        // Another preparation.
        try album.folder.write("model/preprocessor_config.json", Array(#"{"size": 32, "resample": 3, "image_mean": [0.4, 0.5, 0.5]}"#.utf8))
        #expect(try run(headOnly()).computed == Self.all)
        #expect(try run(headOnly()).computed == Self.none)
        // A base that differs in one weight.
        let path = album.folder.path + "/model/model.safetensors"
        var bytes = try readFile(path)
        bytes[bytes.count - 2] ^= 0x40
        try writeFile(path, bytes)
        #expect(try run(headOnly()).computed == Self.all)
        #expect(try run(headOnly()).computed == Self.none)
        // Another split takes other features.
        #expect(try run(headOnly { $0.seed = 9 }).computed == Self.all)
        #expect(try run(headOnly()).computed == Self.none)
    }

    @Test("an entry that is damaged is computed anew and replaced")
    func damaged() throws {
        #expect(try run(headOnly()).computed == Self.all)
        for name in try entries {
            let path = cache.folder + "/" + name
            var bytes = try readFile(path)
            bytes[bytes.count - 3] ^= 1
            try writeFile(path, bytes)
        }
        #expect(try run(headOnly()).computed == Self.all)
        #expect(try run(headOnly()).computed == Self.none)
        for name in try entries { try writeFile(cache.folder + "/" + name, [1, 2, 3]) }
        #expect(try run(headOnly()).computed == Self.all)
        #expect(try run(headOnly()).computed == Self.none)
    }

    @Test("a cache that cannot be written is no reason to fail; a small one forgets")
    func limits() throws {
        try album.folder.write("occupied", [0])
        let tuner = try album.tuner(album.data("train"), cache: FeatureCache(folder: album.folder.path + "/occupied")) {
            $0.strategy = .headOnly
        }
        #expect(try run(tuner).computed == Self.all)
        let small = FeatureCache(folder: album.folder.path + "/small", byteLimit: 4 * 27 * 32 + 600)
        func limited() throws -> FineTuner<ViT> { try album.tuner(album.data("train"), cache: small) { $0.strategy = .headOnly } }
        #expect(try run(limited()).computed == Self.all)
        #expect(try folderEntries(small.folder).count == 1)
        // Which part was forgotten is a matter of the clock.
        #expect(try run(limited()).computed != Self.none)
        #expect(try folderEntries(small.folder).count == 1)
    }

    @Test("what a killed process left of an entry goes away after a day")
    func leftovers() throws {
        try makeFolders(cache.folder)
        let (old, fresh) = (FileWriter.temporaryPrefix + "1-old", FileWriter.temporaryPrefix + "2-fresh")
        for name in [old, fresh, "notes.txt"] { try writeFile(cache.folder + "/" + name, [1, 2, 3]) }
        let moment = timeval(tv_sec: time(nil) - 2 * 86_400, tv_usec: 0)
        for name in [old, "notes.txt"] {
            let status = utimes(cache.folder + "/" + name, [moment, moment])
            #expect(status == 0)
        }
        #expect(try run(headOnly()).computed == Self.all)
        let names = try entries
        #expect(!names.contains(old), "left by a process that is gone")
        #expect(names.contains(fresh), "perhaps still being written")
        #expect(names.contains("notes.txt"), "not ours")
        #expect(names.count == 4)
    }
}
