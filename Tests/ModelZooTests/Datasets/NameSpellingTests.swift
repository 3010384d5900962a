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

@Suite("Names that are not ASCII")
struct NameSpellingTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// As one character, and as a letter with an accent.
    private static let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")

    @Test("a zip archive with names in UTF-8 by flag 0x800, in the locale C", arguments: [0, 0x800])
    func zip(flags: Int) throws {
        var zip = ZipBuilder()
        zip.add("\(Self.composed)/1.png", try png(1), flags: flags)
        zip.add("\u{65E5}\u{672C}/\u{1F339}.png", try png(2), flags: flags)
        let path = try scratch.write("a.zip", zip.finished())
        let training = try imageParts(path).training
        #expect(training.labels == [Self.composed, "\u{65E5}\u{672C}"])
        #expect(try reds(training) == [1, 2])
        #expect(try imageSource(training.examples[1]).name == path + ": \u{65E5}\u{672C}/\u{1F339}.png")
    }

    @Test("tar archives with such names: ustar, pax, written by this package")
    func tar() throws {
        var tar = TarBuilder()
        tar.add("\(Self.composed)/1.png", try png(1))
        tar.addPax([("path", "\u{65E5}/2.png")])
        tar.add("x", try png(2))
        #expect(try imageParts(scratch.write("a.tar", tar.finished())).training.labels == [Self.composed, "\u{65E5}"])
        let path = scratch.path + "/b.tar"
        let writer = try ArchiveWriter(path, compression: .none)
        for (name, bytes) in [("\(Self.composed)/1.png", try png(1)), ("\u{65E5}/2.png", try png(2))] {
            try writer.add(name, byteCount: bytes.count)
            try bytes.withUnsafeBytes { try writer.write($0) }
        }
        try writer.finish()
        #expect(try imageParts(path).training.labels == [Self.composed, "\u{65E5}"])
        // As other programs read it: the name stands in a pax header in UTF-8.
        let bytes = try readFile(path)
        let record = Array(" path=\(Self.composed)/1.png\n".utf8)
        #expect((0..<bytes.count - record.count).contains { bytes[$0..<$0 + record.count].elementsEqual(record) })
    }

    @Test("a model below a folder of such a name in a zip or tar archive", arguments: [true, false])
    func model(isZip: Bool) throws {
        let folder = try scratch.modelFolder()
        var (zip, tar) = (ZipBuilder(), TarBuilder())
        for name in try folderEntries(folder) {
            let bytes = try readFile(folder + "/" + name)
            zip.add("mod\u{E8}le/" + name, bytes, flags: 0x800)
            tar.add("mod\u{E8}le/" + name, bytes)
        }
        let file = try scratch.write(isZip ? "m.zip" : "m.tar", isZip ? zip.finished() : tar.finished())
        let store = try scratch.store()
        let result = try Importer(store: store).importModel(file, family: { ("bert", $0) })
        #expect(result.model.manifest.files.count == 3)
    }

    @Test("a table in another normal form than the files", arguments: [true, false])
    func forms(inArchive: Bool) throws {
        for (listed, stored) in [(Self.composed, Self.decomposed), (Self.decomposed, Self.composed)] {
            let table = "file,label\n\(listed)/\(listed).png,x\n./\(listed)/b.png,y\n"
            let files = [("\(stored)/\(stored).png", try png(1)), ("\(stored)/b.png", try png(2)), ("t.csv", Array(table.utf8))]
            let path: String
            if inArchive {
                path = try scratch.write("a.tar", ModelZooTests.tar(files))
            } else {
                for (name, bytes) in files { try scratch.write("d/" + name, bytes) }
                path = scratch.path + "/d/t.csv"
            }
            #expect(try reds(imageParts(path).training) == [1, 2])
            Scratch.delete(scratch.path + "/d")
        }
    }

    @Test("two files whose names differ in the normal form alone: the table must have one of them byte for byte", arguments: [true, false])
    func ambiguous(inArchive: Bool) throws {
        // Two accents in either order.
        let forms = ["o\u{302}\u{323}", "\u{1ED9}", "o\u{323}\u{302}"]
        func path(_ listed: String) throws -> String {
            let table = Array("file,label\n\(listed).png,x\n".utf8)
            let files = [(forms[0] + ".png", try png(1)), (forms[1] + ".png", try png(2)), ("t.csv", table)]
            if inArchive { return try scratch.write("a.tar", ModelZooTests.tar(files)) }
            for (name, bytes) in files { try scratch.write("d/" + name, bytes) }
            return scratch.path + "/d/t.csv"
        }
        #expect(try reds(imageParts(path(forms[0])).training) == [1] && reds(imageParts(path(forms[1])).training) == [2])
        let error = try imageError { try imageParts(path(forms[2])) }
        #expect(error.code == "data.refused_path" && error.message.contains("normal form"))
        #expect(try imageError { try imageParts(path("\u{E9}")) }.code == "data.missing_image")
    }

    @Test("a folder whose name is not UTF-8 is called so")
    func notUTF8() throws {
        for name in ["a", "b"] { try scratch.write("d/\(name)/1.png", png(1)) }
        let latin = Array("\(scratch.path)/d/caf".utf8).map { CChar(bitPattern: $0) } + [CChar(bitPattern: 0xE9), 0]
        try #require(mkdir(latin, 0o755) == 0)
        defer { rmdir(latin) }
        let training = try imageParts(scratch.path + "/d").training
        #expect(training.labels == ["a", "b"])
        #expect(training.warnings == ["1 file or folder has a name that is not UTF-8 and is passed over: \"caf\u{FFFD}\""])
    }
}
