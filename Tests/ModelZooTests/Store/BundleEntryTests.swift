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

@Suite struct BundleEntryTests {
    /// A bundle whose third entry has this name instead of the declared one.
    private func bundle(naming name: String) throws -> HostileBundle {
        var tar = HostileBundle.tar(upTo: 1)
        if name.utf8.count > 100 { tar.addPax([("path", name)]) }
        tar.add(name, Array("x".utf8))
        return try HostileBundle(tar.finished())
    }

    @Test(
        "A1 A2 A3 A4 A5 A6 A7 A8 A21 A22 names of entries",
        arguments: [
            ("../../x", "..", "A1"), ("a/../../b", "..", "A2"), ("config.json/..", "..", "A3"), ("/x", "absolute", "A4"),
            ("C:\\x", "backslash", "A5"), ("\\\\srv\\s", "backslash", "A5"), ("C:x", "letters", "A5"), (".", "component", "A6"),
            ("/", "absolute", "A6"), ("a//b", "empty", "A6"), ("a\u{1b}[31mb", "control", "A7"), ("a\nb", "control", "A7"),
            (String(repeating: "a", count: 256), "255", "A8"), (String(repeating: "a/", count: 2100) + "b", "255", "A8"),
            (String(repeating: "a/", count: 10_000) + "b", "255", "A8"), ("a\u{202e}b", "letters", "A21"),
            ("confi\u{261}.json", "letters", "A21"), ("caf\u{e9}.txt", "letters", "A21"), ("cafe\u{301}.txt", "letters", "A21"),
            ("vocab.txt\u{200b}", "letters", "A21"), ("NUL", "reserved", "A22"),
            ("com1.txt", "reserved", "A22"), ("vocab.txt.", "dot", "A22"), ("vocab.txt ", "letters", "A22"),
            ("a/b/c", "components", "depth"),
        ])
    func names(name: String, rule: String, caseName: String) throws {
        try bundle(naming: name).fails("bundle.entry_name", "hostile.zoo", rule)
    }

    @Test("A6 empty name")
    func emptyName() throws {
        let bundle = try bundle(naming: "")
        let before = try Scratch.tree(bundle.scratch.path)
        let error = failure { _ = try bundle.importIt() }
        #expect(error?.exitCode == .format)
        #expect(try Scratch.tree(bundle.scratch.path) == before)
    }

    @Test("A7 NUL in a name ends it: the entry is not the declared one")
    func nulInName() throws {
        var tar = HostileBundle.tar(upTo: 1)
        tar.add(Array("vocab\u{0}.txt".utf8), Array("[PAD]\n".utf8))
        try HostileBundle(tar.finished()).fails("bundle.unexpected_entry", "\"vocab\"", "vocab.txt")
    }

    @Test(
        "A9 A12 A14 A15 A16 entries that are no regular files",
        arguments: [
            ("2", "vocab.txt", "/etc/passwd", "symbolic link"), ("1", "vocab.txt", "/etc/passwd", "hard link"),
            ("1", "vocab.txt", "config.json", "hard link"), ("3", "vocab.txt", "", "character device"),
            ("4", "vocab.txt", "", "block device"), ("6", "vocab.txt", "", "FIFO"), ("5", "vocab.txt", "", "folder"),
        ])
    func kinds(type: String, name: String, link: String, found: String) throws {
        var tar = HostileBundle.tar(upTo: 1)
        tar.add(name, type: Character(type), link: link, mode: type == "5" ? 0 : 0o6777)
        try HostileBundle(tar.finished()).fails("bundle.entry_kind", "vocab.txt", "regular file", found)
    }

    @Test("A10 symbolic link, then a file through it")
    func throughLink() throws {
        var tar = HostileBundle.tar(upTo: 1)
        tar.add("dir", type: "2", link: "../../in")
        tar.add("dir/evil.txt", Array("x".utf8))
        try HostileBundle(tar.finished()).fails("bundle.entry_kind", "dir", "symbolic link")
    }

    @Test("A13 hard link to an earlier symbolic link")
    func linkToLink() throws {
        var tar = HostileBundle.tar(upTo: 1)
        tar.add("vocab.txt", type: "1", link: "dir")
        tar.add("dir", type: "2", link: "/etc/passwd")
        try HostileBundle(tar.finished()).fails("bundle.entry_kind", "vocab.txt", "hard link")
    }

    @Test("A17 setuid bits, owners, attributes and access lists are ignored")
    func modes() throws {
        var tar = TarBuilder()
        tar.add("manifest.json", HostileBundle.manifest.encoded(), mode: 0o6777)
        for file in HostileBundle.files {
            tar.addPax([
                ("uid", "12345"), ("uname", "nobody"), ("SCHILY.xattr.user.evil", "1"),
                ("SCHILY.acl.access", "user::rwx,group::rwx,other::rwx"),
                ("SCHILY.fflags", "immutable"),
            ])
            tar.add(file.name, file.content, mode: 0o7777)
        }
        let bundle = try HostileBundle(tar.finished())
        let model = try bundle.importIt().model
        #expect(model.digest == HostileBundle.manifest.digest)
        for file in model.manifest.files {
            var status = stat()
            let path = try model.path(of: file.name)
            #expect(stat(path, &status) == 0 && status.st_mode & 0o7133 == 0 && status.st_uid == geteuid())
        }
    }

    @Test("A18 sparse file of 8 EiB")
    func sparse() throws {
        var tar = HostileBundle.tar(upTo: 1)
        tar.addPax([
            ("GNU.sparse.major", "0"), ("GNU.sparse.minor", "1"), ("GNU.sparse.name", "vocab.txt"),
            ("GNU.sparse.size", "9223372036854775807"),
            ("GNU.sparse.numblocks", "1"), ("GNU.sparse.map", "0,6"),
        ])
        tar.add("vocab.txt", Array("[PAD]\n".utf8))
        let bundle = try HostileBundle(tar.finished())
        let before = try Scratch.tree(bundle.scratch.path)
        let error = failure { _ = try bundle.importIt() }
        #expect(error?.exitCode == .format)
        #expect(try Scratch.tree(bundle.scratch.path) == before)
    }

    @Test("A19 duplicate entry")
    func duplicateEntry() throws {
        var tar = HostileBundle.tar()
        tar.add("vocab.txt", Array("[PAD]\n".utf8))
        try HostileBundle(tar.finished()).fails("bundle.unexpected_entry", "vocab.txt", "last file")
    }

    @Test("A25 two manifests")
    func twoManifests() throws {
        var tar = TarBuilder()
        tar.add("manifest.json", HostileBundle.manifest.encoded())
        tar.add("manifest.json", HostileBundle.manifest.encoded())
        try HostileBundle(tar.finished()).fails("bundle.unexpected_entry", "manifest.json", "config.json")
    }

    @Test("A26 undeclared entry")
    func undeclared() throws {
        var tar = HostileBundle.tar()
        tar.add("README.md", Array("x".utf8))
        try HostileBundle(tar.finished()).fails("bundle.unexpected_entry", "README.md")
    }

    @Test("A27 declared entry missing", arguments: 0..<3)
    func missing(count: Int) throws {
        try HostileBundle(HostileBundle.tar(upTo: count).finished()).fails("bundle.missing_entry", HostileBundle.files[count].name)
    }

    @Test("A28 order differs")
    func order() throws {
        var tar = HostileBundle.tar(upTo: 1)
        tar.add("model.safetensors", Scratch.safetensors)
        tar.add("vocab.txt", Array("[PAD]\n".utf8))
        try HostileBundle(tar.finished()).fails("bundle.unexpected_entry", "model.safetensors", "vocab.txt")
    }

    @Test("A29 size in the header differs", arguments: ["[PAD]", "[PAD]\n\n", ""])
    func size(content: String) throws {
        var tar = HostileBundle.tar(upTo: 1)
        tar.add("vocab.txt", Array(content.utf8))
        try HostileBundle(tar.finished()).fails("bundle.size", "vocab.txt", "expected 6 bytes", "found \(content.utf8.count)")
    }

    @Test("A30 one bit differs")
    func bit() throws {
        var tar = HostileBundle.tar(upTo: 1)
        tar.add("vocab.txt", Array("[PAE]\n".utf8))
        try HostileBundle(tar.finished()).fails(
            "bundle.hash_mismatch", "vocab.txt", "expected \(Digest(hashing: "[PAD]\n".utf8))", "found \(Digest(hashing: "[PAE]\n".utf8))")
    }

    @Test("A40 pax records override name and size")
    func paxOverride() throws {
        var tar = HostileBundle.tar(upTo: 1)
        tar.addPax([("path", "../../evil")])
        tar.add("vocab.txt", Array("[PAD]\n".utf8))
        try HostileBundle(tar.finished()).fails("bundle.entry_name", "../../evil")
        var sized = HostileBundle.tar(upTo: 1)
        sized.addPax([("size", "999999999999")])
        sized.add("vocab.txt", Array("[PAD]\n".utf8))
        try HostileBundle(sized.finished()).fails("bundle.size", "vocab.txt", "999999999999")
    }

    @Test("A45 name that is not UTF-8")
    func notUTF8() throws {
        var tar = HostileBundle.tar(upTo: 1)
        tar.add([0x76, 0xff, 0xfe], Array("x".utf8))
        try HostileBundle(tar.finished()).fails("bundle.entry_name", "UTF-8")
    }

    @Test(
        "C15 forbidden types by extension",
        arguments: ["run.py", "lib.so", "w.pkl", "w.pt", "pytorch_model.bin", "w.h5", "a.zip", "x.sh", "noextension", "LICENSE.py"])
    func extensions(name: String) throws {
        var manifest = HostileBundle.manifest
        manifest.files.append(.init(name: name, byteCount: 1, digest: Digest(hashing: [0])))
        try HostileBundle(HostileBundle.tar(manifest: manifest.encoded()).finished()).fails("bundle.file_type", name, "safetensors")
    }

    @Test(
        "C15 forbidden content by magic number",
        arguments: [
            ("vocab.txt", [0x80, 0x04, 0x95, 0x10], "pickle"), ("vocab.txt", [0x50, 0x4b, 0x03, 0x04, 0x14, 0x00], "zip"),
            ("config.json", [0x7f, 0x45, 0x4c, 0x46, 0x02, 0x01], "ELF"), ("README.md", [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a], "HDF5"),
            ("model.safetensors", [0x50, 0x4b, 0x03, 0x04, 0x14, 0x00, 0x00, 0x00, 0x00], "zip"),
            ("model.safetensors", [0x80, 0x02, 0x7d, 0x71, 0x00, 0x2e, 0x00, 0x00, 0x00], "pickle"),
        ] as [(String, [UInt8], String)])
    func magic(name: String, content: [UInt8], found: String) throws {
        var manifest = Manifest(name: "tiny", family: "bert", task: "features")
        manifest.files = [.init(name: name, byteCount: content.count, digest: Digest(hashing: content))]
        var tar = TarBuilder()
        tar.add("manifest.json", manifest.encoded())
        tar.add(name, content)
        try HostileBundle(tar.finished()).fails("bundle.content", name, found)
    }
}
