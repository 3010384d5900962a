import ArgumentParser
import ModelZoo
import ZooHub
import ZooTensor

/// `zoo search [WORDS…]`
struct SearchCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Look for models that can be fetched.",
        usage: "zoo search [<words> ...] [--family <family>] [--task <task>] [<options>]",
        discussion: """
            Looks into the program's own catalogue and the indices of the mirrors as they
            were when they were refreshed last: no network is needed.

            Examples:
              zoo search
              zoo search minilm --max-params 30M
              zoo search --task image-classification --license apache-2.0
            """)

    @Argument(help: "Words that must all occur.")
    var words: [String] = []

    @Option(name: .long, help: ArgumentHelp("Only models of this family.", valueName: "family"))
    var family: String?

    @Option(name: .long, help: ArgumentHelp("Only models for this task.", valueName: "task"))
    var task: String?

    @Option(name: .long, help: ArgumentHelp("Only models with this licence.", valueName: "licence"))
    var license: String?

    @Option(name: .long, help: ArgumentHelp("Only models with no more parameters: 30M, 1B.", valueName: "count"))
    var maxParams: Count?

    @Option(name: .long, help: ArgumentHelp("Only models of this source.", valueName: "source"))
    var source: String?

    @Option(name: .long, help: ArgumentHelp("No more than so many.", valueName: "n"))
    var limit: Int?

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        if let limit, limit < 1 { throw CommandError.usage(message: "--limit: expected 1 or more, found \(limit)", hint: nil) }
        let store = try session.store()
        let sources = SourceList(store)
        if let source, source != SearchResult.catalogueName { _ = try sources.mirror(source) }
        let mirrors = try sources.mirrors().compactMap { mirror in mirror.known.index.map { (mirror, $0) } }
        var query = SearchQuery()
        query.words = words
        query.family = family
        query.task = task
        query.licence = license
        query.maximumParameters = maxParams?.value
        query.source = source
        let all = query.results(.builtIn, mirrors)
        let results = Array(all.prefix(limit ?? all.count))
        let installed = Set(try store.list().models.map(\.reference.description))
        var table = Table([
            ("NAME", .left), ("FAMILY", .left), ("TASK", .left), ("PARAMETERS", .right), ("SIZE", .right), ("LICENCE", .left),
            ("SOURCE", .left),
        ])
        for result in results {
            table.add([
                result.name + (installed.contains(result.name) ? " *" : ""), plain(result.family), plain(result.task),
                result.parameters.map(compact) ?? "-", byteSize(result.byteCount), plain(result.licence ?? "-"), result.source,
            ])
            session.sayQuietly(result.name)
        }
        if results.isEmpty {
            session.say("nothing fits; \"\(session.typed("search"))\" shows all")
        } else {
            for line in table.lines(session.style) { session.say(line) }
            if results.contains(where: { installed.contains($0.name) }) { session.say("* installed") }
            if results.count < all.count { session.say("and \(all.count - results.count) more") }
        }
        return .object([
            "models": .array(
                results.map { result in
                    .object([
                        "name": .string(result.name), "source": .string(result.source), "summary": .string(result.summary),
                        "family": .string(result.family), "task": .string(result.task),
                        "parameters": result.parameters.map { .integer($0) } ?? .null, "size": .integer(result.byteCount),
                        "licence": result.licence.map { .string($0) } ?? .null, "addresses": .strings(result.addresses),
                        "digest": result.digest.map { .string($0.description) } ?? .null,
                        "installed": .bool(installed.contains(result.name)),
                    ])
                }), "found": .integer(all.count),
        ])
    }

    /// A count as 22.7M.
    private func compact(_ count: Int) -> String {
        let value = Double(count)
        for (unit, name) in [(1e9, "B"), (1e6, "M"), (1e3, "k")] where value >= unit { return fixed(value / unit, 1) + name }
        return String(count)
    }
}
