import ModelZoo
import Testing
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("Verbs of the zoo")
struct ZooVerbsTests {
    let harness: Harness

    init() throws {
        harness = try Harness()
        _ = try TinyModel.write(harness)
        #expect(harness.zoo("import", harness.file("tiny"), "--as", "tiny").code == 0)
    }

    /// Where the weights of the model lie in a store.
    private func weights(_ store: String = "store") throws -> String {
        let model = try Store(home: harness.file(store)).resolve(ModelReference("tiny"))
        return try model.path(of: "model.safetensors")
    }

    @Test("tag: another name for the same contents")
    func tag() throws {
        #expect(harness.zoo("tag", "tiny", "tiny:v1", "--dry-run").output.contains("would be tiny"))
        #expect(harness.zoo("show", "tiny:v1").code == 3)
        #expect(harness.zoo("tag", "tiny", "tiny:v1").code == 0)
        #expect(harness.zoo("tag", "tiny", "tiny:v1").code == 0, "the same again is no conflict")
        #expect(harness.zoo("remove", "tiny", "--yes").output.contains("0 B are free"))
        #expect(harness.zoo("verify", "tiny:v1").code == 0)
        #expect(harness.zoo("tag", "tiny", "x").code == 3)
        #expect(harness.zoo("tag", "tiny:v1", "../x").code == 2)
    }

    @Test("import --dry-run reads everything and installs nothing")
    func importDryRun() throws {
        let before = try harness.storeContents()
        let data = try harness.zoo("import", harness.file("tiny"), "--as", "other", "--dry-run", "--json").data("import")
        #expect(data["dry_run"] == .bool(true) && data["reference"]?.string == "other")
        #expect(harness.zoo("import", harness.file("tiny"), "--as", "other", "--dry-run").output.hasPrefix("other would be installed\n"))
        try harness.write("tiny/vocab.txt", (TinyModel.words + ["more"]).joined(separator: "\n"))
        #expect(harness.zoo("import", harness.file("tiny"), "--dry-run").code == 11, "the name is taken by another")
        try harness.write("tiny/model.safetensors", "x")
        #expect(harness.zoo("import", harness.file("tiny"), "--as", "other", "--dry-run").code == 4)
        #expect(try harness.storeContents() == before)
    }

    @Test("key rotate: only with enough old and new keys, and clients follow")
    func rotate() throws {
        let mirror = harness.file("mirror")
        for name in ["alice", "bob", "carol"] { #expect(harness.zoo("key", "generate", name).code == 0) }
        #expect(harness.zoo("push", "tiny", "--to", mirror, "--sign", "alice").code == 0)
        #expect(harness.zoo("source", "add", "here", mirror).code == 0)
        let before = try readFile(mirror + "/root.json")
        func rotate(_ arguments: String...) -> Outcome { harness.zoo(["key", "rotate"] + arguments + ["--to", mirror]) }
        #expect(rotate("bob", "--sign", "bob").code == 5, "the old key must sign")
        #expect(rotate("bob", "--sign", "alice").code == 5, "the new key must sign")
        #expect(rotate("bob", "nobody", "--sign", "alice", "--sign", "bob").code == 5)
        #expect(rotate("bob", "--threshold", "2", "--sign", "alice", "--sign", "bob").code == 2)
        #expect(rotate("bob", "--sign", "alice", "--sign", "bob", "--dry-run").code == 0)
        #expect(try readFile(mirror + "/root.json") == before)
        let data = try rotate("bob", "carol", "--threshold", "1", "--sign", "alice", "--sign", "bob", "--json").data("key.rotate")
        #expect(data["version"]?.integer == 2 && data["threshold"]?.integer == 1 && data["keys"]?.array?.count == 2)
        // The index holds for those who know only the first root, and for those who follow.
        #expect(harness.zoo("source", "refresh").code == 0)
        #expect(harness.zoo("push", "tiny", "--to", mirror, "--sign", "alice").code == 5, "the old key counts no more")
        #expect(harness.zoo("push", "tiny", "--to", mirror, "--sign", "carol").code == 0)
        #expect(harness.zoo("source", "refresh").code == 0)
        #expect(harness.zoo("fetch", "here/tiny", "--as", "again").code == 0)
    }

    @Test("D24 a content zeroed in place: verify tells, list marks, nobody uses it, importing again mends")
    func damaged() throws {
        let path = try weights()
        let count = try readFile(path).count
        try writeFile(path, [UInt8](repeating: 0, count: count))
        #expect(harness.zoo("list").output.contains("damaged") == false, "nobody has looked yet")
        let outcome = harness.zoo("verify", "--all", "--json")
        #expect(outcome.code == 4)
        #expect(try outcome.document()["error"]?["code"]?.string == "store.damaged")
        #expect(harness.zoo("list").output.contains("tiny (damaged)"))
        let data = try harness.zoo("list", "--json").data("list")
        #expect(data["models"]?.array?.first?["damaged_files"] == .array([.string("model.safetensors")]))
        #expect(harness.zoo("embed", "tiny", "x").code == 4)
        #expect(harness.zoo("list", "--tree").output.contains("(damaged)"))
        #expect(harness.zoo("import", harness.file("tiny"), "--as", "tiny").code == 0)
        #expect(harness.zoo("verify", "tiny", "--deep").output.contains("tiny: good"))
        #expect(!harness.zoo("list").output.contains("damaged"))
    }

    @Test("S37 weights that are no numbers: verify --deep tells")
    func notNumbers() throws {
        var bytes = try readFile(harness.file("tiny/model.safetensors"))
        for place in bytes.count - 4..<bytes.count { bytes[place] = 0xff }
        try writeFile(harness.file("tiny/model.safetensors"), bytes)
        #expect(harness.zoo("import", harness.file("tiny"), "--as", "nan").code == 0)
        #expect(harness.zoo("verify", "nan").code == 0)
        let outcome = harness.zoo("verify", "nan", "--deep")
        #expect(outcome.code == 4 && outcome.errors.contains("1 NaN"))
    }

    @Test("verify takes models or --all, and names all that is damaged")
    func verifyUsage() throws {
        #expect(harness.zoo("verify").code == 2)
        #expect(harness.zoo("verify", "--all", "tiny").code == 2)
        #expect(harness.zoo("verify", "none").code == 3)
        _ = harness.zoo("tag", "tiny", "other")
        unlink(try weights())
        let outcome = harness.zoo("verify", "--all")
        #expect(outcome.code == 4 && outcome.errors.contains("2 models are damaged"))
    }

    @Test("gc: what no model needs goes, younger than an hour only when asked")
    func garbage() throws {
        let stray = Digest(hashing: "stray".utf8).hex
        try makeFolders(harness.file("store/blobs/sha256/\(stray.prefix(2))"))
        try harness.write("store/blobs/sha256/\(stray.prefix(2))/\(stray)", "stray")
        try harness.write("store/partial/.tmp-99999999-x", "12")
        #expect(harness.zoo("gc").output == "nothing to delete\n")
        let dry = try harness.zoo("gc", "--older-than", "0s", "--dry-run", "--json").data("gc")
        #expect(dry["files"]?.integer == 1 && dry["unfinished_files"]?.integer == 1 && dry["bytes"]?.integer == 7)
        #expect(harness.zoo("gc", "--older-than", "0s").output.contains("deleted 1 file"))
        #expect(harness.zoo("gc", "--older-than", "0s").output == "nothing to delete\n")
        #expect(harness.zoo("gc", "--older-than", "-1s").code == 2)
        #expect(harness.zoo("verify", "--all").code == 0)
    }

    @Test("diff: what differs, and the values of weights")
    func diff() throws {
        #expect(harness.zoo("diff", "tiny", "tiny").output == "no difference\n")
        var bytes = try readFile(harness.file("tiny/model.safetensors"))
        bytes[bytes.count - 2] ^= 1
        try writeFile(harness.file("tiny/model.safetensors"), bytes)
        #expect(harness.zoo("import", harness.file("tiny"), "--as", "other").code == 0)
        let outcome = harness.zoo("diff", "tiny", "other", "--tensors")
        #expect(outcome.code == 0 && outcome.output.contains("file model.safetensors") && outcome.output.contains("1 of "))
        let data = try harness.zoo("diff", "tiny", "other", "--json").data("diff")
        #expect(data["differences"]?.array?.count == 2, "digest and file")
    }

    @Test("search: the catalogue, without a network, in the order of what was meant")
    func search() throws {
        let data = try harness.zoo("search", "minilm-l6", "--json", "--offline").data("search")
        let names = data["models"]?.array?.compactMap { $0["name"]?.string } ?? []
        #expect(names.first == "all-MiniLM-L6-v2" && names.count >= 3)
        #expect(harness.zoo("search", "--family", "vit", "-q").output.split(separator: "\n").allSatisfy { $0.contains("patch16") })
        #expect(harness.zoo("search", "--max-params", "6M", "--license", "APACHE-2.0", "-q").output.contains("vit-tiny-patch16-224"))
        #expect(!harness.zoo("search", "--max-params", "6M", "-q").output.contains("bert-base"))
        #expect(harness.zoo("search", "nothing-like-this").output.contains("nothing fits"))
        #expect(harness.zoo("search", "--limit", "0").code == 2)
        #expect(harness.zoo("search", "--source", "none").code == 3)
        #expect(harness.zoo("search", "--max-params", "many").code == 2)
    }

    @Test("M16 a name close to one that is known: exit 3 with the name, and nothing is fetched")
    func misspelt() throws {
        let outcome = harness.zoo("fetch", "all-MiniML-L6-v2")
        #expect(outcome.code == 3 && outcome.errors.contains("did you mean all-MiniLM-L6-v2"))
        #expect(outcome.errors.contains("searched: catalogue"))
        #expect(harness.zoo("fetch", "../x").code == 2)
        #expect(harness.zoo("fetch", "ftp://example.org/x").code == 2)
        #expect(harness.zoo("fetch", "http://example.org/x.zoo").code == 12)
    }

    @Test("D31 --offline: what is there is there, what is missing is exit 3, and hints say what helps")
    func offline() throws {
        harness.environment["ZOO_OFFLINE"] = "1"
        let outcome = harness.zoo("fetch", "all-MiniLM-L6-v2")
        #expect(outcome.code == 3 && outcome.errors.contains("needs the network") && outcome.errors.contains("zoo import"))
        #expect(harness.zoo("tag", "tiny", "all-MiniLM-L6-v2").code == 0)
        #expect(harness.zoo("fetch", "all-MiniLM-L6-v2").code == 0)
        #expect(harness.zoo("source", "add", "x", "https://example.org/zoo").code == 3)
    }

    @Test("an unreachable network: what was tried, in which order, and what to do; exit 6")
    func unreachable() throws {
        // A port where nobody listens.
        harness.environment["HF_ENDPOINT"] = "http://127.0.0.1:9"
        harness.environment["ZOO_RETRIES"] = "0"
        let outcome = harness.zoo("fetch", "bert_uncased_L-2_H-128_A-2")
        #expect(outcome.code == 6)
        let first = outcome.errors.firstRange(of: "hf:google/bert_uncased_L-2_H-128_A-2")?.lowerBound
        let second = outcome.errors.firstRange(of: "hf:gaunernst/bert-tiny-uncased")?.lowerBound
        #expect(first != nil && second != nil && first.map { one in second.map { one < $0 } ?? false } == true, "\(outcome.errors)")
        #expect(outcome.errors.contains("zoo source add") && outcome.errors.contains("zoo import"))
    }

    @Test("a mirror in a folder: push, vouch, search, fetch, mend; unsigned and foreign ones are refused")
    func mirror() throws {
        let folder = harness.file("mirror")
        #expect(harness.zoo("push", "tiny", "--to", folder, "--sign", "alice").code == 5, "there is no such key yet")
        #expect(harness.zoo("key", "generate", "alice").code == 0)
        let key = harness.zoo("key", "list", "-q").output.filter { $0 != "\n" }
        #expect(key.count == 64)
        #expect(harness.zoo("push", "tiny", "--to", folder, "--sign", "alice", "--dry-run").code == 0)
        #expect(fileKind(folder) == nil)
        #expect(harness.zoo("push", "tiny", "--to", folder, "--sign", "alice").code == 0)
        #expect(harness.zoo("push", "tiny", "--to", folder).code == 5, "a signed mirror stays signed")

        harness.environment["ZOO_HOME"] = harness.file("second")
        let refused = harness.zoo("source", "add", "disk", folder)
        #expect(refused.code == 5 && refused.errors.contains(key))
        #expect(harness.zoo("key", "trust", key, "--as", "alice").code == 0)
        #expect(harness.zoo("source", "add", "disk", folder).code == 0)
        #expect(harness.zoo("source", "list", "-q").output == "disk\n")
        #expect(harness.zoo("search", "tiny", "--source", "disk", "-q").output == "tiny\n")
        #expect(harness.zoo("fetch", "disk/tiny", "--dry-run").output.contains("would fetch"))
        #expect(harness.zoo("fetch", "tiny").code == 0)
        #expect(harness.zoo("verify", "tiny", "--deep").code == 0)

        // Zeroed, cut, missing: only that is fetched again.
        let path = try weights("second")
        let good = try readFile(path)
        for damage in 0..<3 {
            switch damage {
            case 0: try writeFile(path, [UInt8](repeating: 0, count: good.count))
            case 1: try writeFile(path, good.prefix(100))
            default: unlink(path)
            }
            #expect(harness.zoo("verify", "tiny").code == 4)
            let outcome = harness.zoo("verify", "tiny", "--repair")
            #expect(outcome.code == 0 && outcome.output.contains("mended model.safetensors"), "\(outcome)")
            #expect(try readFile(path) == good)
        }

        #expect(harness.zoo("source", "remove", "dsk").errors.contains("did you mean disk"))
        #expect(harness.zoo("source", "remove", "disk").code == 0)
        #expect(harness.zoo("search", "tiny", "--source", "disk").code == 3)
    }

    @Test("D33 a link out of a mirror in a folder: exit 5, and nothing is taken", arguments: ["index.json", "blobs", "content"])
    func escape(what: String) throws {
        let mirror = harness.file("mirror")
        #expect(harness.zoo("key", "generate", "alice").code == 0)
        #expect(harness.zoo("push", "tiny", "--to", mirror, "--sign", "alice").code == 0)
        let digest = try Digest.ofFile(weights()).hex
        let place = mirror + "/" + (what == "content" ? "blobs/sha256/\(digest.prefix(2))/\(digest)" : what)
        // All is as it should be, but elsewhere.
        #expect(rename(place, harness.file("elsewhere")) == 0)
        symlink(harness.file("elsewhere"), place)

        harness.environment["ZOO_HOME"] = harness.file("second")
        let key = harness.zoo("key", "list", "--home", harness.file("store"), "-q").output.filter { $0 != "\n" }
        #expect(harness.zoo("key", "trust", key, "--as", "alice").code == 0)
        var outcome = harness.zoo("source", "add", "disk", mirror)
        if what != "index.json" {
            #expect(outcome.code == 0, "\(outcome)")
            outcome = harness.zoo("fetch", "disk/tiny")
        }
        #expect(outcome.code == 5 && outcome.errors.contains("a link out of it"), "\(outcome)")
        #expect(harness.zoo("list", "-q").output.isEmpty)
        // Within the folder a link is as good as a file.
        unlink(place)
        #expect(rename(harness.file("elsewhere"), mirror + "/inside") == 0)
        symlink(mirror + "/inside", place)
        if what == "index.json" { #expect(harness.zoo("source", "add", "disk", mirror).code == 0) }
        #expect(harness.zoo("fetch", "disk/tiny").code == 0)
    }

    @Test("M17 M18 a lock file: a name that stands for another model now is exit 5, and a licence that changed is shown by diff")
    func locked() throws {
        let (mirror, lock) = (harness.file("mirror"), harness.file("zoo.lock"))
        #expect(harness.zoo("key", "generate", "alice").code == 0)
        #expect(harness.zoo("push", "tiny", "--to", mirror, "--sign", "alice").code == 0)
        #expect(harness.zoo("source", "add", "here", mirror).code == 0)
        #expect(harness.zoo("fetch", "here/tiny", "--as", "mine", "--lock", lock, "--dry-run").code == 0)
        #expect(fileKind(lock) == nil)
        #expect(harness.zoo("fetch", "here/tiny", "--as", "mine", "--lock", lock).code == 0)
        let digest = try harness.zoo("show", "mine", "--json").data("show")["digest"]?.string ?? "none"
        let text = try harness.read("zoo.lock")
        #expect(text.contains("\"mine\": \"\(digest)\""), "\(text)")
        #expect(harness.zoo("fetch", "here/tiny", "--as", "mine", "--lock", lock, "--replace").code == 0)
        #expect(try harness.read("zoo.lock") == text)

        // Another model under the same name, with another licence.
        try harness.write("tiny/README.md", "---\nlicense: cc-by-nc-4.0\n---\n")
        #expect(harness.zoo("import", harness.file("tiny"), "--replace").code == 0)
        #expect(harness.zoo("push", "tiny", "--to", mirror, "--sign", "alice").code == 0)
        #expect(harness.zoo("source", "refresh").code == 0)
        let outcome = harness.zoo("fetch", "here/tiny", "--as", "mine", "--lock", lock, "--replace")
        #expect(outcome.code == 5 && outcome.errors.contains(digest), "\(outcome)")
        #expect(try harness.read("zoo.lock") == text)
        #expect(try harness.zoo("show", "mine", "--json").data("show")["digest"]?.string == digest)
        #expect(harness.zoo("diff", "mine", "tiny").output.contains("cc-by-nc-4.0"))

        for (content, part) in [
            ("{}", "format_version"), ("x", "zoo.lock"), (#"{"format_version": 1, "models": {"../x": "sha256:0"}}"#, "../x"),
        ] {
            try harness.write("zoo.lock", content)
            let outcome = harness.zoo("fetch", "here/tiny", "--as", "other", "--lock", lock)
            #expect(outcome.code == 4 && outcome.errors.contains(part), "\(outcome)")
        }
        #expect(harness.zoo("show", "other").code == 3)
    }

    @Test("a mirror that nobody vouches for: by the digest of the model alone")
    func byDigest() throws {
        let mirror = harness.file("mirror")
        let digest = try harness.zoo("show", "tiny", "--json").data("show")["digest"]?.string ?? "none"
        let pushed = harness.zoo("push", "tiny", "--to", mirror)
        #expect(pushed.code == 0 && pushed.errors.contains("--from"))
        harness.environment["ZOO_HOME"] = harness.file("second")
        #expect(harness.zoo("source", "add", "here", mirror).code == 5)
        #expect(harness.zoo("fetch", "tiny", "--from", mirror).code == 2)
        let other = Digest(hashing: [1])
        #expect(harness.zoo("fetch", "tiny@\(other)", "--from", mirror).code == 3)
        #expect(harness.zoo("fetch", "tiny@\(digest)", "--from", mirror, "--offline").code == 0)
        #expect(harness.zoo("verify", "tiny", "--deep").code == 0)
        // A manifest that is not what its name says.
        let hex = digest.split(separator: ":")[1]
        let path = "\(mirror)/manifests/\(hex).json"
        try writeFile(path, try readFile(path) + [0x20])
        let outcome = harness.zoo("fetch", "tiny@\(digest)", "--as", "again", "--from", mirror)
        #expect(outcome.code == 5 && outcome.errors.contains(digest), "\(outcome)")
        for place in ["", "https://example.org/zoo"] { #expect(harness.zoo("push", "--to", place).code == 2) }
    }

    @Test("a disk with a newer model is asked with --offline too, and a source that is added again forgets nothing")
    func newerDisk() throws {
        let mirror = harness.file("mirror")
        #expect(harness.zoo("key", "generate", "alice").code == 0)
        #expect(harness.zoo("push", "tiny", "--to", mirror, "--sign", "alice").code == 0)
        let old = try readFile(mirror + "/index.json")
        #expect(harness.zoo("source", "add", "disk", mirror, "--offline").code == 0)
        #expect(harness.zoo("fetch", "disk/tiny", "--as", "mine", "--offline").code == 0)
        try harness.write("tiny/README.md", "new")
        #expect(harness.zoo("import", harness.file("tiny"), "--replace").code == 0)
        #expect(harness.zoo("push", "tiny", "--to", mirror, "--sign", "alice").code == 0)
        #expect(harness.zoo("source", "refresh", "--offline").code == 0)
        #expect(harness.zoo("fetch", "disk/tiny", "--as", "mine", "--replace", "--offline").code == 0)
        #expect(harness.zoo("diff", "mine", "tiny").output == "no difference\n")

        try writeFile(mirror + "/index.json", old)
        let outcome = harness.zoo("source", "add", "disk", mirror)
        #expect(outcome.code == 5 && outcome.errors.contains("version 2 was seen before"), "\(outcome)")

        // A source that is gone does not keep the others from being refreshed, and can be removed.
        #expect(harness.zoo("push", "tiny", "--to", harness.file("other"), "--sign", "alice").code == 0)
        #expect(harness.zoo("source", "add", "other", harness.file("other")).code == 0)
        let refreshed = harness.zoo("source", "refresh")
        #expect(refreshed.code == 5 && refreshed.output.contains("other") && refreshed.errors.contains("disk: "), "\(refreshed)")
        try harness.write("store/sources/disk/root.json", "")
        #expect(harness.zoo("source", "list").code != 0)
        #expect(harness.zoo("source", "remove", "disk").code == 0)
        #expect(harness.zoo("source", "list", "-q").output == "other\n")
    }
}
