import Foundation
import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTesting
import ZooTraining

/// That the familiar recipe, given setting by setting, gives the bits that it gave before recipes were made from the data.
///
/// The values were printed by the program as it was then, on a processor with AVX-512 and OpenBLAS' kernels for Haswell. Elsewhere sums are
/// taken in another order, and losses are compared with a tolerance.
@Suite("The familiar recipe")
struct FamiliarRecipeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let change: @Sendable (inout TrainingConfiguration) -> Void
        let losses: [Double]
        let weights: String
        var testDescription: String { name }
    }

    private static let cases = [
        Case(
            name: "all of it, AdamW", change: { _ in },
            losses: [
                1.1195592880249023, 1.10996413230896, 1.102020263671875, 1.101641058921814, 1.0965441465377808, 1.0976052284240723,
                1.1008857488632202, 1.1019961833953857, 1.077224612236023, 1.0862174034118652, 1.090152382850647, 1.102522373199463,
            ],
            weights: "bdfe8d95bc4e1fe15611bd0d19eaaebeb253a1fe167ba43efb7bfdba73fe2f52"),
        Case(
            name: "the head alone, trained", change: { $0.strategy = .headOnly },
            losses: [
                1.111301302909851, 1.0915437936782837, 1.1078457832336426, 1.0993452072143555, 1.0977369546890259, 1.103114366531372,
                1.1005175113677979, 1.119748592376709, 1.0794625282287598, 1.0947723388671875, 1.089778184890747, 1.1027050018310547,
            ],
            weights: "12c2e6f381ab29aa887db66b80509a0d05910f438cf66e1580f4cf530ab2be1f"),
        Case(
            name: "parts, SGD, cosine, accumulation, class weights, smoothing",
            change: {
                $0.strategy = .freeze(["embeddings", "layers.0"])
                $0.optimizer = .sgd()
                $0.learningRate = 0.05
                $0.schedule = Schedule(.cosine)
                $0.accumulation = 2
                $0.classWeighting = .balanced
                $0.labelSmoothing = 0.1
            },
            losses: [
                1.1046900749206543, 1.101292073726654, 1.0988216996192932, 1.0944113731384277, 1.1009587049484253, 1.0887252390384674,
            ],
            weights: "a72b9c5a628f74e7a017f452fcc9cc78a349468583430bdb05b780a32912d9d5"),
    ]

    /// Whether products are computed as where the values were printed.
    private static var hasSameKernels: Bool {
        PackedMatrix.panelWidth == 32 && ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] == "Haswell"
    }

    @Test("losses and weights keep their bits", arguments: cases)
    func bits(_ test: Case) throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(90, classes: 3))
        let (result, steps, _) = try workplace.tuner(data) {
            $0.epochs = 2
            $0.learningRate = 1e-3
            $0.batchSize = 16
            $0.validationFraction = 0
            test.change(&$0)
        }.recorded()
        var hasher = DigestHasher()
        for parameter in result.model.schema.parameters {
            result.model.weights[parameter].withElements { hasher.update(UnsafeRawBufferPointer($0)) }
        }
        let digest = hasher.finalize().hex
        #expect(steps.count == test.losses.count)
        if Self.hasSameKernels {
            #expect(steps.map(\.loss) == test.losses)
            #expect(digest == test.weights)
        } else {
            for (step, loss) in zip(steps, test.losses) { #expect(abs(step.loss - loss) < 1e-4) }
        }
    }
}
