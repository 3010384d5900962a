import ArgumentParser
import ModelZoo
import ZooTensor

/// `zoo diff A B`
struct DiffCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show how two models differ.",
        usage: "zoo diff <first> <second> [--tensors] [--all] [<options>]",
        discussion: """
            Compares what the manifests say, config.json, the classes and the files; with
            --tensors also the values of the weights. Of many differences of a kind the
            first are shown.

            Examples:
              zoo diff tickets:v1 tickets
              zoo diff minilm tickets --tensors
            """)

    @Argument(help: "An installed model or a folder.")
    var first: String

    @Argument(help: "Another one.")
    var second: String

    @Flag(name: .long, help: "Compare the values of the weights too.")
    var tensors = false

    @Flag(name: .long, help: "Show every difference, also where there are many of a kind.")
    var all = false

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let (a, b) = (try LocatedModel(first, session), try LocatedModel(second, session))
        var list = ModelDifferences()
        var isSameContent = false
        if let one = a.installed, let other = b.installed {
            // The name it was packed under is part of a digest, but of no model's content.
            isSameContent = one.manifest.contentDigest == other.manifest.contentDigest
            if !isSameContent { list.compare("digest", .string(one.digest.description), .string(other.digest.description)) }
            let (left, right) = (try JSON.parse(one.manifest.encoded()), try JSON.parse(other.manifest.encoded()))
            for key in ["family", "task", "licence", "source", "revision", "labels", "metrics", "provenance"] {
                list.compare(key, left[key] ?? .null, right[key] ?? .null)
            }
        }
        list.compare("config", try a.assets.json("config.json"), try b.assets.json("config.json"))
        for name in Set(a.assets.paths.keys).union(b.assets.paths.keys).sorted() where name != "config.json" {
            let (left, right) = (try digest(of: name, a), try digest(of: name, b))
            list.compare("file \(name)", left, right)
        }
        if tensors { try compareTensors(a, b, &list) }
        for line in list.lines(session.style, isWhole: { all || $0 == "tensor" }) { session.say(line) }
        for entry in list.entries { session.sayQuietly(entry.what) }
        if list.entries.isEmpty {
            let isRenamed = isSameContent && a.installed?.digest != b.installed?.digest
            session.say(isRenamed ? "no difference: the same content, packed under two names" : "no difference")
        }
        return .object([
            "first": .string(first), "second": .string(second), "same_content": .bool(isSameContent),
            "differences": .array(
                list.entries.map { .object(["what": .string($0.what), "first": $0.first, "second": $0.second]) }),
        ])
    }

    private func digest(of name: String, _ model: LocatedModel) throws -> JSON {
        if let file = model.installed?.manifest.file(named: name) { return .string(file.digest.description) }
        guard let path = model.assets.paths[name] else { return .null }
        return .string(try Digest.ofFile(path).description)
    }

    private func compareTensors(_ a: LocatedModel, _ b: LocatedModel, _ list: inout ModelDifferences) throws {
        let left = try Checkpoint(files: a.assets.paths, access: a.assets.isImmutable ? .mapped : .copied)
        let right = try Checkpoint(files: b.assets.paths, access: b.assets.isImmutable ? .mapped : .copied)
        for name in Set(left.names).union(right.names).sorted() {
            let shapes = try [left, right].map { try $0.contains(name) ? $0.shape(of: name) : nil }
            if let shape = shapes[0], shapes[1] == shape {
                let (one, other) = (try left.tensor(name).elements, try right.tensor(name).elements)
                var largest: Float = 0
                var count = 0
                for (x, y) in zip(one, other) where x.bitPattern != y.bitPattern {
                    count += 1
                    let distance = abs(x - y)
                    if distance.isNaN || distance > largest { largest = distance }
                }
                // To or from NaN there is no distance.
                let reach = largest.isNaN ? "some from or to NaN" : "by \(largest) at most"
                guard count > 0 else { continue }
                list.add(
                    "tensor \(name)", in: "tensor", .string("\(shape)"),
                    .string("\(grouped(count)) of \(grouped(shape.count)) values differ, \(reach)"))
            } else {
                let texts = shapes.map { $0.map { JSON.string($0.description) } ?? .null }
                list.add("tensor \(name)", in: "tensor", texts[0], texts[1])
            }
        }
    }
}
