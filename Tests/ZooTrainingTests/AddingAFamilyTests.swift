import Testing
import ZooTensor

@Suite("The article on adding a family")
struct AddingAFamilyTests {
    @Test(
        "its listings are the files that are compiled",
        arguments: [
            ("Sources/ExternalFamily/Toy.swift", 120), ("Sources/toy/main.swift", 5), ("Tests/ExternalFamilyTests/ToyTests.swift", 40),
        ])
    func listing(file: String, mostLines: Int) throws {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let article = String(decoding: try readFile(root + "/Sources/ModelZoo/ModelZoo.docc/AddingAFamily.md"), as: UTF8.self)
        let code = String(decoding: try readFile(root + "/Tests/ExternalFamily/" + file), as: UTF8.self)
        #expect(code.split(separator: "\n").count <= mostLines)
        #expect(article.contains("```swift\n" + code + "```"))
    }
}
