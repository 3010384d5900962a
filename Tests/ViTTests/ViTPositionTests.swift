import ModelZoo
import Testing
import ZooNN
import ZooTensor
import ZooViT

@Suite("ViT's positions for other sizes")
struct ViTPositionTests {
    /// The parts of a model of width 4 with a grid of patches.
    private struct Grid {
        let configuration: ViT.Configuration
        let positions: Parameter
        let classToken: Parameter

        init(rows: Int, columns: Int) throws {
            let json: JSON = .object([
                "image_size": .array([.integer(8 * rows), .integer(8 * columns)]), "patch_size": .integer(8), "hidden_size": .integer(4),
                "num_hidden_layers": .integer(1), "num_attention_heads": .integer(2), "intermediate_size": .integer(8),
            ])
            let values = try ViT.Configuration(ConfigurationReader(json, file: "config.json"))
            let parameters = Schema.build { ViT.Model(values, reading: .everyToken, $0) }.schema.parameters
            configuration = values
            positions = try #require(parameters.first { $0.path == ParameterPath("embeddings.position") })
            classToken = try #require(parameters.first { $0.path == ParameterPath("embeddings.class") })
        }

        func adaptation(of shape: Shape, to parameter: Parameter? = nil) -> ((Tensor) -> Tensor)? {
            ViT.adaptation(of: shape, to: parameter ?? positions, configuration)
        }
    }

    /// The weight of a value at a distance: cubic convolution (Keys, 1981) with a = -0.75.
    private static func weight(_ distance: Double) -> Double {
        let (a, x) = (-0.75, abs(distance))
        let (square, cube) = (x * x, x * x * x)
        if x <= 1 { return (a + 2) * cube - (a + 3) * square + 1 }
        return x < 2 ? a * (cube - 5 * square + 8 * x - 4) : 0
    }

    /// The values of a square grid brought to another grid: of all places far and wide, where those outside have the border's values.
    private static func reference(_ old: [Double], edge: Int, rows: Int, columns: Int) -> [Double] {
        func inside(_ place: Int) -> Int { min(max(place, 0), edge - 1) }
        var result: [Double] = []
        for row in 0..<rows {
            for column in 0..<columns {
                // The centre of the new place, in places of the old grid.
                let y = (Double(row) + 0.5) * Double(edge) / Double(rows) - 0.5
                let x = (Double(column) + 0.5) * Double(edge) / Double(columns) - 0.5
                var sum = 0.0
                for j in -3...edge + 2 {
                    for i in -3...edge + 2 {
                        sum += weight(y - Double(j)) * weight(x - Double(i)) * old[inside(j) * edge + inside(i)]
                    }
                }
                result.append(sum)
            }
        }
        return result
    }

    @Test(
        "bicubic, a = -0.75, without aligned corners, in each channel; the class token stays",
        arguments: [(2, 3, 3), (3, 2, 2), (3, 2, 5), (4, 7, 7), (1, 2, 3), (4, 1, 1), (3, 3, 3)])
    func interpolation(edge: Int, rows: Int, columns: Int) throws {
        let grid = try Grid(rows: rows, columns: columns)
        let count = 4 * (1 + edge * edge)
        let elements = (0..<count).map { Float($0 * 37 % 23) / 11 - 1 }
        let old = Tensor(elements, [1, 1 + edge * edge, 4])
        guard let adapt = grid.adaptation(of: old.shape) else {
            Issue.record("there is no adaptation")
            return
        }
        let new = adapt(old)
        #expect(new.shape == [1, 1 + rows * columns, 4] && new.shape == grid.positions.shape)
        let found = new.elements
        #expect(found.prefix(4) == elements.prefix(4))
        var largest = 0.0
        for channel in 0..<4 {
            let values = (0..<edge * edge).map { Double(elements[4 * (1 + $0) + channel]) }
            let expected = Self.reference(values, edge: edge, rows: rows, columns: columns)
            for (place, value) in expected.enumerated() { largest = max(largest, abs(Double(found[4 * (1 + place) + channel]) - value)) }
        }
        #expect(largest <= 1e-6, "\(largest)")
    }

    @Test("four numbers brought to nine, by hand")
    func byHand() throws {
        let grid = try Grid(rows: 3, columns: 3)
        let old = Tensor([0, 1, 2, 3, 4].flatMap { [Float](repeating: $0, count: 4) }, [1, 5, 4])
        guard let adapt = grid.adaptation(of: old.shape) else {
            Issue.record("there is no adaptation")
            return
        }
        // The new places lie 1/6 before the first one, between both, and 1/6 behind the last one, which overshoots by 25/288.
        let shares = [-25.0 / 288, 0.5, 1 + 25.0 / 288]
        let expected: [Double] = shares.flatMap { down in shares.map { across in 1 + across + 2 * down } }
        let found = adapt(old).elements
        #expect(found.count == 40)
        for (place, value) in found.dropFirst(4).enumerated() { #expect(abs(Double(value) - expected[place / 4]) <= 1e-6) }
    }

    @Test("tensors of shapes that do not fit are not adapted, nor other parameters")
    func otherShapes() throws {
        let grid = try Grid(rows: 3, columns: 3)
        let wrong: [Shape] = [[1, 6, 4], [1, 1, 4], [1, 0, 4], [2, 5, 4], [1, 5, 8], [5, 4], [5], [1, 1, 5, 4]]
        for shape in wrong {
            let adapts = grid.adaptation(of: shape) != nil
            #expect(!adapts, "\(shape)")
        }
        let right: Shape = [1, 5, 4]
        let (fits, fitsClass) = (grid.adaptation(of: right) != nil, grid.adaptation(of: right, to: grid.classToken) != nil)
        let fitsOther = try Grid(rows: 2, columns: 2).adaptation(of: right, to: grid.positions) != nil
        #expect(fits && !fitsClass && !fitsOther)
    }
}
