import ModelZoo
import Testing
import ZooTensor
import ZooTestSupport
import ZooTesting
import ZooTraining
import ZooViT

@Suite("Training on images")
struct ImageTrainingTests {
    @Test("the same pipeline learns the colours of pictures")
    func learning() throws {
        let album = try PhotoAlbum()
        try album.write("train", perClass: 24)
        try album.write("test", perClass: 8, from: 100)
        let data = try album.data("train")
        let result = try album.tuner(data) { $0.epochs = 6 }.run()
        let metrics = try Evaluation.run(result.model, on: album.data("test", labels: data.labels))
        #expect(metrics.accuracy > 0.9, "\(metrics.accuracy)")
        let answer = try result.model.classify([.file(album.folder.path + "/test/red/100.png")])[0]
        #expect(answer.first?.label == "red")
    }

    @Test("the same bits with one, two and three threads, with augmentation, mixup, CutMix and dropout")
    func sameBits() async {
        await #expect(processExitsWith: .success) {
            let album = try PhotoAlbum()
            try album.write("train", perClass: 14)
            let data = try album.data("train")
            func run(_ threads: Int, _ name: String) throws -> (file: [UInt8], losses: [Double]) {
                Threads.count = threads
                let tuner = try album.tuner(data, folder: name) {
                    $0.augmentation = Augmentation(.strong)
                    $0.labelSmoothing = 0.1
                }
                var losses: [Double] = []
                _ = try tuner.run { if case .step(let step) = $0 { losses += [step.loss, step.gradientNorm] } }
                return (try readFile(album.folder.path + "/" + name + "/best/model.safetensors"), losses)
            }
            let expected = try run(1, "first")
            #expect(expected.losses.count == 2 * 3 * 5)
            for (number, threads) in [1, 2, 3, 2].enumerated() {
                let found = try run(threads, "run\(number)")
                #expect(found.losses == expected.losses, "other losses with \(threads) threads")
                #expect(found.file == expected.file, "other weights with \(threads) threads")
            }
        }
    }

    @Test("augmentation changes what is learned from, from epoch to epoch, and by the seed")
    func variation() throws {
        let album = try PhotoAlbum(dropout: 0)
        try album.write("train", perClass: 6)
        let data = try album.data("train")
        func losses(_ preset: Augmentation.Preset, seed: UInt64 = 1) throws -> [Double] {
            var losses: [Double] = []
            let tuner = try album.tuner(data) {
                $0.augmentation = Augmentation(preset)
                $0.augmentation.mixup = 0
                $0.augmentation.cutmix = 0
                $0.validationFraction = 0
                $0.learningRate = 1e-12
                $0.batchSize = 18
                $0.seed = seed
            }
            _ = try tuner.run { if case .step(let step) = $0 { losses.append(step.loss) } }
            return losses
        }
        let plain = try losses(.none)
        #expect(plain.allSatisfy { abs($0 - plain[0]) < 1e-4 }, "one batch holds all, and the weights stay")
        let varied = try losses(.strong)
        #expect(Set(varied).count == varied.count && abs(varied[0] - varied[1]) > 1e-4)
        #expect(try losses(.strong) == varied)
        #expect(try losses(.strong, seed: 2) != varied)
    }

    @Test("I15 I16 images that cannot be read: the run does not begin, or they are left out, counted and named")
    func badImages() throws {
        let album = try PhotoAlbum()
        try album.write("train", perClass: 8)
        try album.folder.write("train/red/cut.png", ImageDecoder.png(PhotoAlbum.picture(2, 3)).prefix(900))
        try album.folder.write("train/green/page.jpg", Array("<html><body>not found</body></html>".utf8))
        let data = try album.data("train")
        #expect(data.examples.count == 26)
        expectError(.data, "page.jpg", "an HTML page", "--on-bad skip") {
            do {
                return try album.tuner(data).run()
            } catch let error as any ZooError {
                throw Told(error)
            }
        }
        let result = try album.tuner(data) { $0.badInputs = .skip }.run()
        #expect(result.plan.skippedInputs == 2 && result.plan.examples + result.plan.validationExamples == 24)
        let note = try #require(result.plan.notes.first { $0.contains("cannot be read") })
        #expect(note.hasPrefix("2 inputs of") && note.contains("cut.png") && note.contains("page.jpg"))
        var left: [String] = []
        let metrics = try Evaluation.run(result.model, on: data, badInputs: .skip, skipped: { left.append($0.description) })
        #expect(metrics.count == 24 && left.count == 2)
    }

    /// An error whose description has its hint too.
    private struct Told: ZooError {
        let error: any ZooError

        init(_ error: any ZooError) { self.error = error }

        var code: String { error.code }
        var exitCode: ExitCode { error.exitCode }
        var message: String { "\(error.description) \(error.hint ?? "")" }
    }

    @Test("I21 an image that changes during training: found by its hash")
    func changedImage() throws {
        let album = try PhotoAlbum()
        let path = try album.write("train", perClass: 8)
        let data = try album.data("train")
        expectError(.data, "changed while it was in use", ".png") {
            try album.tuner(data).run { event in
                guard case .step(let step) = event, step.step == 2 else { return }
                for title in PhotoAlbum.classes {
                    for number in 0..<8 { try? writeFile("\(path)/\(title)/\(number).png", ImageDecoder.png(PhotoAlbum.picture(0, 77))) }
                }
            }
        }
    }

    @Test("texts cannot be augmented")
    func textAugmentation() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(20))
        expectError(.usage, "bert", "cannot be varied") {
            try workplace.tuner(data) { $0.augmentation = Augmentation(.light) }.run()
        }
    }
}
