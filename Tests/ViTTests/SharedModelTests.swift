import ModelZoo
import Testing
import ZooTensor
import ZooViT

@Suite("A model of images that many tasks share")
struct SharedModelTests {
    @Test("the same answers from 6 tasks as from one, from the first request on")
    func classes() async throws {
        let images = try ViTFixture().images.map { Input.image($0) }
        func request(_ number: Int) -> [Input] { (0..<1 + number % 3).map { images[(number + $0) % images.count] } }
        let alone = try ViTFixture.model()
        let expected = try (0..<6).map { try alone.classify(request($0)) }
        let shared = try ViTFixture.model()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<6 {
                group.addTask {
                    for round in 0..<6 {
                        let number = (round + task) % 6
                        let found = try shared.classify(request(number))
                        #expect(found == expected[number], "task \(task), request \(number)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
