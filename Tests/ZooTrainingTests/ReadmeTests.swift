import Testing
import ZooTensor

@Suite("README")
struct ReadmeTests {
    @Test("the program in the README is the one that is compiled")
    func example() throws {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        let readme = String(decoding: try readFile(root + "/README.md"), as: UTF8.self)
        let program = String(decoding: try readFile(root + "/Tests/ReadmeExample/main.swift"), as: UTF8.self)
        #expect(program.split(separator: "\n").count <= 12)
        #expect(readme.contains("```swift\n" + program + "```"))
    }
}
