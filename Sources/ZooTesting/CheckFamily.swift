public import ModelZoo
import ZooNN
import ZooTensor

/// Checks that a family keeps what the rest of the package builds on: the tables of names, the values and gradients of the reference, and
/// that it can be trained, packed, saved and loaded.
///
/// It needs no test framework:
///
///     let report = try checkFamily(BERT.self, .beside())
///     #expect(report.failures.isEmpty, "\(report)")
///
/// A check that throws has failed. Where the model does not load, the checks that need it are left out, and ``FamilyCheck/loading`` fails
/// whether it was asked for or not.
///
/// - Parameters:
///   - fixture: a tiny model, inputs with classes, and what the reference makes of them; see ``FamilyFixture``.
///   - checks: what to check.
///   - progress: called with each result as soon as it is there.
/// - Returns: the results in the order of ``FamilyCheck``; nothing is wrong if its ``FamilyReport/failures`` are empty.
/// - Throws: `TestingError.fixture` when the fixture has no examples, and what reading its `config.json` throws.
public func checkFamily<Family: ModelFamily>(
    _ family: Family.Type, _ fixture: FamilyFixture, _ checks: Set<FamilyCheck> = .all,
    report progress: (FamilyReport.Result) -> Void = { _ in }
) throws -> FamilyReport {
    guard !fixture.examples.isEmpty else { throw TestingError.fixture(file: fixture.assets.name, problem: "there are no examples") }
    let configuration = try fixture.assets.json("config.json")
    var results: [FamilyReport.Result] = []
    func run(_ check: FamilyCheck, _ body: () throws -> Finding) {
        let finding: Finding
        do {
            finding = try body()
        } catch {
            finding = .failed(["\(error)"])
        }
        results.append(finding.result(of: check))
        progress(results[results.count - 1])
    }

    if checks.contains(.recognition) { run(.recognition) { recognition(family, configuration, file: fixture.assets.label("config.json")) } }
    if checks.contains(.names) { run(.names) { try names(family, fixture, configuration) } }
    let others = FamilyCheck.allCases.filter { checks.contains($0) && $0 != .recognition && $0 != .names }
    guard !others.isEmpty else { return FamilyReport(family: family.identifier, results: results) }

    var checker: FamilyChecker<Family>?
    let loading: Finding
    do {
        let loaded = try FamilyChecker<Family>(fixture)
        checker = loaded
        loading = .passed("\(loaded.model.schema.parameters.count) parameters, \(loaded.model.schema.valueCount) values")
    } catch {
        loading = .failed(["\(error)"])
    }
    if checker == nil || checks.contains(.loading) { run(.loading) { loading } }
    for check in others where check != .loading {
        run(check) { try checker?.run(check) ?? .leftOut("the model does not load") }
    }
    return FamilyReport(family: family.identifier, results: results)
}

/// A model of a family with the fixture's inputs.
struct FamilyChecker<Family: ModelFamily> {
    typealias Batch = Family.InputTokenizer.Batch

    let fixture: FamilyFixture
    /// With the published head.
    let model: Model<Family>
    /// Without a head, every token read.
    let backbone: Model<Family>
    let encoded: [Family.InputTokenizer.Encoded]
    /// All inputs in their order.
    let batch: Batch
    let labels: [Int]

    init(_ fixture: FamilyFixture) throws {
        self.fixture = fixture
        let model = try Model<Family>(fixture.assets, head: .published)
        labels = fixture.examples.map(\.label)
        guard labels.allSatisfy(model.labels.indices.contains) else {
            throw TestingError.fixture(
                file: fixture.assets.name, problem: "the model has \(model.labels.count) classes, the examples have the classes \(labels)")
        }
        self.model = model
        backbone = try Model<Family>(fixture.assets, head: .none(.everyToken))
        encoded = try fixture.examples.map { try model.tokenizer.encode($0.input) }
        batch = try model.tokenizer.batch(model.tokenizer.prepare(encoded), reserving: encoded.count)
    }

    func run(_ check: FamilyCheck) throws -> Finding {
        switch check {
        case .recognition, .names, .loading: .leftOut("needs no model")
        case .shapes: try shapes()
        case .inputs: try inputs()
        case .values: try values()
        case .gradients: try gradients()
        case .slopes: try slopes()
        case .reachability: try reachability()
        case .saving: try saving()
        case .packing: try packing()
        case .emptyInputs: try emptyInputs()
        case .learning: try learning()
        case .strategies: try strategies()
        case .repeatability: try repeatability()
        }
    }

    /// The inputs again and again, at least 300 rows of them: as many as operations cut into several tiles.
    var many: [Int] {
        let rows = max(batch.segments.rowCount, 1)
        return Array(repeating: Array(encoded.indices), count: (300 + rows - 1) / rows).flatMap { $0 }
    }

    /// Some of the inputs, in the given order.
    func batch(_ places: [Int]) throws -> Batch {
        try model.tokenizer.batch(model.tokenizer.prepare(places.map { encoded[$0] }), reserving: places.count)
    }
}
