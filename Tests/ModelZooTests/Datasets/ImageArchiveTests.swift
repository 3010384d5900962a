import ModelZoo
import Testing
import ZooTensor

@Suite("Archives of images")
struct ImageArchiveTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let names = ["flowers/train/rose/1.png", "flowers/train/tulip/2.png", "flowers/test/tulip/deep/3.png"]

    private static func files() throws -> ArchiveFiles {
        try names.enumerated().map { number, name in (name: name, bytes: try png(UInt8(number + 1))) }
    }

    /// Writes the files in one form of archive.
    private func archive(_ files: ArchiveFiles, as name: String) throws -> String {
        let path = scratch.path + "/" + name
        switch name {
        case "a.zip":
            var zip = ZipBuilder()
            for file in files { zip.add(file.name, file.bytes) }
            try scratch.write(name, zip.finished())
        case "a.tar.gz", "a.tar.zst":
            let writer = try ArchiveWriter(path, compression: name == "a.tar.gz" ? .gzip : .zstd)
            for file in files {
                try writer.add(file.name, byteCount: file.bytes.count)
                try file.bytes.withUnsafeBytes { try writer.write($0) }
            }
            try writer.finish()
        default: try scratch.write(name, tar(files))
        }
        return path
    }

    @Test("archives are read in place", arguments: ["a.tar", "a.tar.gz", "a.tar.zst", "a.zip", "without-extension"])
    func forms(name: String) throws {
        let files: ArchiveFiles = try Self.files().reversed()
        let path = try archive(files + [("flowers/README.md", Array("x".utf8))], as: name)
        let before = try Scratch.tree(scratch.path)
        let parts = try imageParts(path)
        #expect(
            try described(parts.training) == [
                path + ": flowers/train/rose/1.png = rose", path + ": flowers/train/tulip/2.png = tulip",
            ])
        #expect(try described(parts.test) == [path + ": flowers/test/tulip/deep/3.png = tulip"])
        #expect(try reds(parts.training) == [1, 2] && reds(parts.test) == [3])
        #expect(parts.test?.labels == ["rose", "tulip"] && parts.validation == nil)
        #expect(parts.training.warnings == ["1 file is no image and is passed over: \"flowers/README.md\""])
        #expect(try DatasetReader.images(in: path).map(\.name).sorted() == Self.names.map { path + ": " + $0 }.sorted())
        #expect(try Scratch.tree(scratch.path) == before)
    }

    @Test("folders of classes at the root, and files of systems between them")
    func root() throws {
        let path = try archive(
            [
                ("./b/1.png", png(1)), ("a/2.png", png(2)), ("__MACOSX/a/._2.png", [1]), ("a/.DS_Store", [1]), ("a/3.gif", [1]),
            ], as: "a.tar")
        let training = try imageParts(path).training
        #expect(training.labels == ["a", "b"] && training.examples.count == 2)
        #expect(training.warnings == ["1 image is of a format that is not read (only JPEG, PNG and WebP are): \"a/3.gif\""])
        #expect(try imageError { try imageParts(archive([("x/1.txt", [1])], as: "b.tar")) }.code == "data.no_images")
        #expect(try imageError { try imageParts(archive([("x.png", png(1))], as: "c.tar")) }.code == "data.no_class_folders")
        #expect(try imageParts(archive([("x/1.png", png(1))], as: "d.tar")).training.labels == ["x"])
    }

    @Test("a table in the archive", arguments: ["a.tar", "a.zip", "a.tar.gz"])
    func table(name: String) throws {
        let text = "file,label\nimages/1.png,x\n./images/../images/2.png,y\n"
        let files: ArchiveFiles = try [("set/images/1.png", png(1)), ("set/images/2.png", png(2)), ("set/labels.csv", Array(text.utf8))]
        let path = try archive(files, as: name)
        let before = try Scratch.tree(scratch.path)
        let training = try imageParts(path).training
        #expect(try described(training) == [path + ": set/images/1.png = x", path + ": set/images/2.png = y"])
        #expect(try reds(training) == [1, 2])
        #expect(training.columns?.text == "file" && training.path == path + ": set/labels.csv")
        #expect(training.warnings.isEmpty, "\(training.warnings)")
        #expect(try Scratch.tree(scratch.path) == before)
    }

    @Test("I11: paths of a table in an archive stay inside it")
    func tablePaths() throws {
        let outside = try scratch.write("outside.png", png(9))
        func error(_ listed: String) throws -> ImageDatasetError {
            let files: ArchiveFiles = try [("s/1.png", png(1)), ("s/x.gif", [1]), ("s/t.csv", Array("file,label\n\(listed),x\n".utf8))]
            return try imageError { try imageParts(archive(files, as: "a.tar")) }
        }
        let title = scratch.path + "/a.tar: s/t.csv"
        #expect(try error("2.png") == .missingImage(path: title, line: 2, column: "file", image: "2.png", count: 1))
        #expect(try error(outside).code == "data.refused_path")
        #expect(try error("../outside.png").code == "data.refused_path")
        #expect(try error("x.gif").message.contains("not named as a JPEG, PNG or WebP image"))
    }

    @Test("errors of a table in an archive tell archive, entry and line")
    func tableErrors() throws {
        func path(_ text: String) throws -> String {
            try archive([("s/1.png", png(1)), ("s/t.csv", Array(text.utf8))], as: "a.tar")
        }
        let ragged = try imageError { try imageParts(path("file,label\n1.png\n")) }
        #expect(ragged.code == "data.ragged_row" && ragged.exitCode == .data)
        #expect(ragged.place == Place(file: scratch.path + "/a.tar", entry: "s/t.csv", line: 2))
        #expect(try imageError { try imageParts(path("")) }.place == Place(file: scratch.path + "/a.tar", entry: "s/t.csv"))
        let unknown = try datasetError { try imageParts(path("file,label\n1.png,z\n"), labels: ["x"]) }
        #expect(
            unknown == .unknownLabel(path: scratch.path + "/a.tar: s/t.csv", line: 2, column: "label", label: "z", known: ["x"]))
    }

    /// Checks that an archive is refused, and that nothing is changed or left.
    private func refused(
        _ bytes: [UInt8], _ code: String = "data.archive_entry", _ part: String = "", at location: SourceLocation = #_sourceLocation
    ) throws {
        let path = try scratch.write("in/hostile.tar", bytes)
        try scratch.write("canary", "untouched")
        let before = try Scratch.tree(scratch.path)
        guard let error = failure({ _ = try imageParts(path) }, at: location) else { return }
        #expect(error.code == code, "\(error)", sourceLocation: location)
        #expect(error.exitCode == .data && error.place?.file == path, "\(error)", sourceLocation: location)
        #expect("\(error)".contains(part), "\(error)", sourceLocation: location)
        #expect(isPlain(error), "\(error)", sourceLocation: location)
        #expect(try Scratch.tree(scratch.path) == before, sourceLocation: location)
    }

    /// A good archive with one more entry.
    private func withEntry(_ add: (inout TarBuilder) throws -> Void) throws -> [UInt8] {
        var builder = TarBuilder()
        builder.add("a/1.png", try png(1))
        try add(&builder)
        builder.add("b/2.png", try png(2))
        return builder.finished()
    }

    @Test(
        "I20, A1 to A7: names that are no plain names",
        arguments: [
            "../../x.png", "a/../../b.png", "a/..", "/x.png", "//x.png", "C:\\x.png", "\\\\srv\\s.png", "a/\u{1B}[31mred.png", "a/\n.png",
            "a/\u{7F}.png", ".",
        ])
    func names(name: String) throws {
        try refused(withEntry { $0.add(name, try png(3)) })
    }

    @Test("I20, A8, A45: long, deep and other names")
    func longNames() throws {
        let long = String(repeating: "x", count: 5000) + ".png"
        let deep = String(repeating: "a/", count: 200) + "1.png"
        for (name, part) in [("a/" + long, "4096"), (deep, "200")] {
            let bytes = try withEntry { builder in
                builder.addPax([("path", name)])
                builder.add("x", try png(3))
            }
            try refused(bytes, "data.limit", part)
        }
        let latin: [UInt8] = [0x61, 0x2F, 0xFF, 0xFE, 0x2E, 0x70, 0x6E, 0x67]
        try refused(withEntry { $0.add(latin, try png(3)) }, "data.archive_entry", "UTF-8")
    }

    @Test(
        "I20, A9 to A15: links and devices",
        arguments: [("2", "symbolic link"), ("1", "hard link"), ("3", "device"), ("4", "device"), ("6", "FIFO")])
    func kinds(type: String, word: String) throws {
        let type = try #require(type.first)
        try refused(withEntry { $0.add("a/x.png", type: type, link: "a/1.png") }, "data.archive_entry", word)
        // Also where no image would be.
        try refused(withEntry { $0.add(".hidden", type: type, link: "/etc/passwd") }, "data.archive_entry", word)
    }

    @Test("I20, A19 to A21: duplicates are refused, other spellings are other names")
    func duplicates() throws {
        try refused(withEntry { $0.add("a/1.png", try png(3)) }, "data.archive_entry", "same name")
        try refused(withEntry { $0.add("./a//1.png", try png(3)) }, "data.archive_entry", "same name")
        let path = try scratch.write("a.tar", withEntry { $0.add("A/1.PNG", try png(3)) })
        #expect(try imageParts(path).training.labels == ["A", "a", "b"])
    }

    @Test("I20, A31 gzip bomb: stops at the limit", .timeLimit(.minutes(1)))
    func bomb() throws {
        let path = scratch.path + "/bomb.tar.gz"
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        for name in ["a/1.png", "a/1.txt", ".hidden"] {
            let writer = try ArchiveWriter(path, compression: .gzip)
            try writer.add(name, byteCount: 64 << 20)
            for _ in 0..<64 { try zeros.withUnsafeBytes { try writer.write($0) } }
            try writer.finish()
            let error = try imageError { try imageParts(path, limits: ImageSetLimits(byteCount: 32 << 20)) }
            #expect(
                error
                    == .limit(
                        path: path, entry: name, what: "the sum of the sizes of the entries in bytes", found: 64 << 20, limit: 32 << 20))
        }
        // A header that tells 4 GiB, with next to nothing behind it: no memory is taken for it.
        try refused(withEntry { $0.add(Array("a/x.png".utf8), size: 4 << 30) }, "data.archive")
        try refused(withEntry { $0.add(Array("a/x.png".utf8), size: 0o77777777777) }, "data.limit")
        let files = try Self.files()
        let sum = files.reduce(0) { $0 + $1.bytes.count }
        let good = try archive(files, as: "a.tar")
        #expect(try imageParts(good, limits: ImageSetLimits(byteCount: sum)).training.examples.count == 2)
        #expect(try imageError { try imageParts(good, limits: ImageSetLimits(byteCount: sum - 1)) }.code == "data.limit")
    }

    @Test("I20, A34 too many entries")
    func manyEntries() throws {
        var builder = TarBuilder()
        for index in 0..<50 { builder.add("a/\(index).txt") }
        let path = try scratch.write("a.tar", builder.finished())
        let error = try imageError { try imageParts(path, limits: ImageSetLimits(fileCount: 49)) }
        #expect(error == .limit(path: path, entry: nil, what: "the number of entries", found: 50, limit: 49))
    }

    @Test("I20, A36 cut at each block of 512 bytes")
    func cut() throws {
        let whole = try tar(Self.files())
        for count in stride(from: 0, to: whole.count, by: 512) { try refused(Array(whole[..<count]), "data.archive") }
    }

    @Test("I20, A37 to A39, A47: wrong checksum, more behind the end, other formats")
    func damaged() throws {
        let whole = try tar(Self.files())
        var wrong = whole
        wrong[0] ^= 1
        try refused(wrong, "data.archive")
        try refused(whole + [1, 2, 3], "data.archive")
        try refused(whole + whole, "data.archive")
        try refused(gzipped(gzipped(whole)), "data.archive")
        try refused([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C] + [UInt8](repeating: 0, count: 600), "data.archive", "7z")
        try refused(gzipped(Array("file,label\na.png,x\n".utf8)), "data.archive")
        #expect(try imageParts(scratch.write("good.tar", gzipped(whole))).training.examples.count == 2)
    }

    @Test("I20, A46 zip: cut, encrypted, wrong checksum")
    func zip() throws {
        for (breaks, flags) in [(true, 0), (false, 1)] {
            var zip = ZipBuilder()
            zip.add("a/1.png", try png(1), breakChecksum: breaks, flags: flags)
            zip.add("b/2.png", try png(2))
            let path = try scratch.write("a.zip", zip.finished())
            let error = try imageError { try imageParts(path) }
            #expect(error.exitCode == .data && error.place?.file == path)
        }
        let whole = try readFile(archive(Self.files(), as: "a.zip"))
        for count in stride(from: 5, to: whole.count, by: 3) {
            let path = try scratch.write("cut.zip", whole[..<count])
            #expect(failure { _ = try imageParts(path) }?.exitCode == .data, "cut at \(count)")
        }
    }

    @Test("an image that cannot be read is told with archive and entry")
    func brokenImage() throws {
        let path = try archive([("a/1.png", [1, 2, 3]), ("b/2.png", png(1))], as: "a.tar")
        let source = try imageSource(imageParts(path).training.examples[0])
        let error = failure { _ = try source.decoded() }
        #expect(error?.place?.file == path + ": a/1.png" && error?.exitCode == .data)
    }

    @Test("the progress of an archive is told")
    func progress() throws {
        let image = try png(1, width: 2, height: 1) + [UInt8](repeating: 0, count: 1 << 20)
        let path = try archive((0..<4).map { ("a/\($0).png", image) }, as: "a.tar")
        var seen: [(done: Int, total: Int)] = []
        _ = try DatasetReader.parts(path, kind: .image) { seen.append(($0, $1)) }
        #expect(seen.count > 2 && seen.allSatisfy { $0.done <= $0.total })
    }
}
