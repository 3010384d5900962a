import ModelZoo
import Testing
import ZooTensor

@Suite("Whole numbers beyond 64 bits")
struct LargeNumberTests {
    @Test("as labels they are not merged but refused, and in quotes they are told apart")
    func labels() throws {
        let folder = try DataFolder()
        func rows(_ labels: [String]) -> String {
            labels.enumerated().map { #"{"text": "a \#($0)", "label": \#($1)}"# + "\n" }.joined()
        }
        let large = try folder.file("large.jsonl", rows(["9223372036854775808", "9223372036854775809"]))
        let error = try datasetError { try DatasetReader.parts(large, kind: .text) }
        #expect(error.code == "data.not_a_value" && error.description.contains("64 bits"), "\(error)")
        let negative = try folder.file("negative.jsonl", rows(["-9223372036854775809", "1"]))
        #expect(try datasetError { try DatasetReader.parts(negative, kind: .text) }.code == "data.not_a_value")
        let quoted = try folder.file("quoted.jsonl", rows(["\"9223372036854775808\"", "\"9223372036854775809\""]))
        #expect(try DatasetReader.parts(quoted, kind: .text).training.labels == ["9223372036854775808", "9223372036854775809"])
        let greatest = try folder.file("greatest.jsonl", rows(["9223372036854775807", "9223372036854775806"]))
        #expect(try DatasetReader.parts(greatest, kind: .text).training.labels.count == 2)
    }

    @Test("no whole number is made of them")
    func integers() throws {
        for text in ["9223372036854775808", "-9223372036854775809", "18446744073709551616", "1e19"] {
            #expect(try JSON.parse(Array(text.utf8)).integer == nil, "\(text)")
        }
        #expect(try JSON.parse(Array("-9223372036854775808".utf8)).integer == Int.min)
        #expect(try JSON.parse(Array("9223372036854775807".utf8)).integer == Int.max)
        #expect(try JSON.parse(Array("1e3".utf8)).integer == 1000)
    }
}
