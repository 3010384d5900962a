import Testing
import ZooNN
import ZooTensor

@Suite("Parameters, weights, schedules and random keys")
struct ParameterTests {
    @Test("order of paths: numbers by value")
    func order() {
        let names = ["layers.10.a", "layers.9.b", "layers.9.a", "classifier.bias", "layers", "layers.9", "layers.100.a"]
        #expect(
            names.map { ParameterPath($0) }.sorted().map(\.description)
                == ["classifier.bias", "layers", "layers.9", "layers.9.a", "layers.9.b", "layers.10.a", "layers.100.a"])
        #expect(ParameterPath("a.b.c").leaf == "c")
        #expect(ParameterPath("a.b.c") == ParameterPath(["a", "b", "c"]))
    }

    @Test("the order of paths is a strict order")
    func strictOrder() {
        let names = ["10", "9", "1x", "x", "09", "010", "", "-1", "+9", "2.a", "2", "02.b"].map { ParameterPath($0) }
        for a in names {
            #expect(!(a < a))
            for b in names where a != b {
                #expect((a < b) != (b < a), "\(a) and \(b)")
                for c in names where a < b && b < c { #expect(a < c, "\(a) < \(b) < \(c)") }
            }
        }
    }

    @Test(
        "patterns",
        arguments: [
            ("layers", true), ("layers.3", true), ("layers.*", true), ("*.3", true), ("layers.0-5", true), ("layers.3-3", true),
            ("layers.4-9", false), ("layers.0-2", false), ("layer", false), ("layers.30", false), ("*", true),
            ("layers.3.attention.query.weight", true), ("layers.3.attention.query.weight.x", false), ("layers.*.attention.*.weight", true),
            ("layers.*.attention.*.bias", false), ("attention", false), ("", false), ("layers.", false), ("layers.3-", false),
            ("layers.-3", false),
            ("layers.5-0", false), ("layers.0-99999999999999999999", false),
        ])
    func patterns(_ pattern: String, _ expected: Bool) {
        #expect(ParameterPath("layers.3.attention.query.weight").matches(pattern) == expected)
    }

    @Test("fresh values depend on seed and path alone")
    func fresh() {
        func schema(_ names: [String]) -> Schema {
            Schema.build { scope in
                for name in names { _ = Linear(300, 200, deviation: 0.05, scope / name) }
            }.schema
        }
        let first = schema(["a", "b", "c"])
        let second = schema(["c", "a"])
        func value(_ schema: Schema, _ path: String, _ seed: UInt64) -> Tensor { Weights.fresh(schema.parameter(path), seed: seed) }
        for path in ["a.weight", "c.weight"] { #expect(value(first, path, 7).bits == value(second, path, 7).bits) }
        #expect(value(first, "a.weight", 7).bits != value(first, "b.weight", 7).bits)
        #expect(value(first, "a.weight", 7).bits != value(first, "a.weight", 8).bits)
        #expect(value(first, "a.bias", 7).elements.allSatisfy { $0 == 0 })
        let norm = Schema.build { LayerNorm(5, epsilon: 1e-5, $0 / "norm") }.schema
        #expect(value(norm, "norm.weight", 1).elements == [1, 1, 1, 1, 1])

        let values = value(first, "a.weight", 7).elements.map { Double($0) / 0.05 }
        let mean = values.reduce(0, +) / 60000
        let variance = values.reduce(0) { $0 + $1 * $1 } / 60000
        #expect(abs(mean) < 0.02)
        #expect(abs(variance - 1) < 0.03)
        #expect(abs(values.reduce(0) { $0 + $1 * $1 * $1 * $1 } / 60000 - 3) < 0.2, "the fourth moment of a normal distribution")
        #expect(Set(values).count > 59000)
        let neighbours = zip(values, values.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / 60000
        #expect(abs(neighbours) < 0.02)
        // A prefix of a longer one: element i depends on i alone.
        let short = Schema.build { Linear(7, 9, deviation: 0.05, $0 / "a") }.schema
        #expect(Array(value(first, "a.weight", 7).bits[..<63]) == value(short, "a.weight", 7).bits)
    }

    @Test("schedules")
    func schedules() {
        let linear = Schedule(.linear, warmup: 0.1)
        #expect(linear.factor(step: 0, of: 100) == 0.1)
        #expect(abs(linear.factor(step: 4, of: 100) - 0.5) < 1e-12)
        #expect(linear.factor(step: 9, of: 100) == 1)
        #expect(linear.factor(step: 10, of: 100) == 1)
        #expect(abs(linear.factor(step: 55, of: 100) - 0.5) < 1e-12)
        #expect(abs(linear.factor(step: 99, of: 100) - 1.0 / 90) < 1e-12)
        #expect(linear.factor(step: 100, of: 100) == 0)
        #expect(linear.factor(step: 1000, of: 100) == 0)
        let cosine = Schedule(.cosine, warmup: 0, floor: 0.2)
        #expect(cosine.factor(step: 0, of: 50) == 1)
        #expect(abs(cosine.factor(step: 25, of: 50) - 0.6) < 1e-12)
        #expect(abs(cosine.factor(step: 10, of: 50) - (0.2 + 0.8 * 0.5 * (1 + Mathematics.cosine(.pi * 0.2)))) < 1e-12)
        #expect(abs(cosine.factor(step: 50, of: 50) - 0.2) < 1e-12)
        let constant = Schedule(.constant, warmup: 0.5)
        #expect((0..<10).map { constant.factor(step: $0, of: 10) } == [0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1, 1, 1])
        for shape in Schedule.Shape.allCases {
            for warmup in [0, 0.01, 0.5, 1] {
                let schedule = Schedule(shape, warmup: warmup, floor: 0.1)
                #expect(schedule.factor(step: 0, of: 1) > 0)
                for step in 0..<30 { #expect((0.0...1).contains(schedule.factor(step: step, of: 30))) }
            }
        }
    }

    @Test("keys")
    func keys() {
        let key = RandomKey(seed: 42)
        #expect(key == RandomKey(seed: 42))
        var all: Set<RandomKey> = [key]
        for seed in 0..<100 { all.insert(RandomKey(seed: UInt64(seed) + 1000)) }
        for number in 0..<1000 { all.insert(key.derived(number)) }
        for number in 0..<100 { all.insert(key.derived("part \(number)")) }
        #expect(all.count == 1 + 100 + 1000 + 100)
        #expect(key.derived(1).derived(2) != key.derived(2).derived(1))
        #expect(key.derived(-1) == key.derived(-1))
    }
}
