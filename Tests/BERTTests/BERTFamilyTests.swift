import Testing
import ZooBERT
import ZooTesting

@Suite("BERT as a family")
struct BERTFamilyTests {
    @Test("BERT conforms")
    func conforms() throws {
        let report = try checkFamily(BERT.self, .beside())
        #expect(report.failures.isEmpty && report.leftOut.isEmpty && report.results.count == FamilyCheck.allCases.count, "\(report)")
    }
}
