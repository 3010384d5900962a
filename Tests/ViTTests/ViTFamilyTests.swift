import Testing
import ZooTesting
import ZooViT

@Suite("ViT as a family")
struct ViTFamilyTests {
    @Test("ViT conforms")
    func conforms() throws {
        let report = try checkFamily(ViT.self, .beside())
        #expect(report.failures.isEmpty && report.leftOut.isEmpty && report.results.count == FamilyCheck.allCases.count, "\(report)")
    }
}
