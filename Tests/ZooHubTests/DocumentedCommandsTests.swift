import Foundation
import ModelZoo
import Testing
import ZooHub
import ZooTensor
import ZooTestSupport
import ZooTesting

/// Runs what the README and the article on mirrors tell people to type.
@Suite("Documented commands")
struct DocumentedCommandsTests {
    private static let root = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")

    /// A line of a page, and the heading that it stands under.
    private struct Line: Sendable {
        let heading: String
        let command: String
    }

    /// The lines of a page's listings for the shell.
    private static func lines(_ page: String, from start: String? = nil, to end: String? = nil) throws -> [Line] {
        var text = String(decoding: try readFile(root + "/" + page), as: UTF8.self)
        if let start { text = String(text[try #require(text.range(of: start)).lowerBound...]) }
        if let end { text = String(text[..<(try #require(text.range(of: end)).lowerBound)]) }
        var lines: [Line] = []
        var heading = ""
        var isCode = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isCode = line == "```sh"
            } else if isCode, !line.isEmpty {
                lines.append(Line(heading: heading, command: String(line)))
            } else if line.hasPrefix("#") {
                heading = String(line)
            }
        }
        return lines
    }

    /// Machines without a network but this process: a hub, and a web server with what lies in `/srv/zoo`.
    private final class Site: Sendable {
        let folder: TemporaryFolder
        private let hub: FakeHub
        private let server: FaultServer

        init() throws {
            folder = try TemporaryFolder()
            hub = try FakeHub(nil, LoadableModel.files(rows: 10_000))
            server = try FaultServer(MirrorSite.handler(folder.path + "/srv/zoo", fault: { _, _ in nil }))
            for name in ["srv", "media/disk", "work"] { try makeFolders(folder.path + "/" + name) }
        }

        /// A fact of the machine that makes the mirror.
        private func fact(_ verb: [String], _ path: (JSON) -> JSON?) throws -> String {
            let end = try ZooProcess(verb + ["--json"], home: folder.path + "/maker").wait()
            return try #require(path(JSON.parse(Array(end.output.utf8)))?.string, "\(end.output)")
        }

        /// Runs a line on a machine, and expects that it succeeds.
        func run(_ line: Line, on machine: String) throws {
            var command = line.command
            if command.contains("PUBLIC-KEY") {
                let key = try fact(["key", "list"]) { list in
                    list["data"]?["own"]?.array?.first { $0["name"]?.string == "alice" }?["key"]
                }
                command = command.replacingOccurrences(of: "PUBLIC-KEY", with: key)
            }
            if command.contains("DIGEST") {
                command = command.replacingOccurrences(of: "DIGEST", with: try fact(["show", "bge"]) { $0["data"]?["digest"] })
            }
            for (text, other) in [
                ("https://models.example.org", server.address), ("/srv/zoo", "'\(folder.path)/srv/zoo'"),
                ("/media/disk/zoo", "'\(folder.path)/media/disk/zoo'"),
            ] { command = command.replacingOccurrences(of: text, with: other) }
            try ZooProcess.shell(
                command, in: folder.path + "/work",
                environment: ["ZOO_HOME": "\(folder.path)/\(machine)", "HOME": folder.path, "HF_ENDPOINT": hub.server.address])
        }

        /// The models of a machine, each of which is whole.
        func models(on machine: String) throws -> [String] {
            let store = try Store(home: "\(folder.path)/\(machine)")
            let models = try store.list().models
            for model in models { try store.verify(model) }
            return models.map(\.reference.description)
        }
    }

    @Test("README, The zoo")
    func readme() async throws {
        let site = try Site()
        let lines = try Self.lines("README.md", from: "## The zoo\n", to: "## The library\n")
        #expect(lines.count >= 12)
        try await onThreadOfItsOwn {
            for line in lines {
                // What stands behind "elsewhere" is typed on another machine.
                let isElsewhere = line.command.contains("office")
                try site.run(line, on: isElsewhere ? "user" : "maker")
            }
        }
        #expect(try site.models(on: "maker") == ["bge", "name"])
        #expect(try site.models(on: "user") == ["bge"])
    }

    @Test("the article on mirrors and air-gapped sites")
    func article() async throws {
        let site = try Site()
        let lines = try Self.lines("Sources/ZooHub/ZooHub.docc/MirrorsAndAirGappedSites.md")
        #expect(lines.count >= 25)
        for line in lines {
            let machine =
                if line.heading.contains("use it") { "user" } else if line.heading.contains("air-gapped machine") { "apart" } else {
                    "maker"
                }
            try site.run(line, on: machine)
        }
        #expect(try site.models(on: "maker") == ["bge", "bge:v1"])
        #expect(try site.models(on: "user") == ["bge"])
        #expect(try site.models(on: "apart") == ["bge", "bge2", "bge3"])
        // The clients of the first key have followed to the two.
        let user = try Store(home: site.folder.path + "/user")
        #expect(try SourceList(user).mirrors().first?.known.root.version == 1)
        try ZooProcess.run("source", "refresh", home: user.home)
        let root = try #require(try SourceList(user).mirrors().first?.known.root)
        #expect(root.version == 2 && root.index.threshold == 2 && root.index.keys.count == 2)
    }
}
