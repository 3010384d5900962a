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

@Suite("Tables of images")
struct ImageTableTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        for (index, name) in ["a.png", "b.png", "deep/c.png"].enumerated() {
            try scratch.write("data/images/" + name, png(UInt8(index + 1)))
        }
        try scratch.write("outside.png", png(9))
    }

    private var folder: String { scratch.path + "/data" }

    private func table(_ text: String, as name: String = "t.csv") throws -> String { try scratch.write("data/" + name, text) }

    @Test("CSV, TSV and JSON Lines with paths from the folder of the table")
    func formats() throws {
        let texts = [
            ("t.csv", "image,label\nimages/b.png,y\n./images/./a.png,x\nimages/deep/../deep/c.png,x\n"),
            ("t.tsv", "label\tfile_name\ny\timages/b.png\nx\timages/a.png\nx\timages//deep/c.png\n"),
            (
                "t.jsonl",
                "{\"filepath\": \"images/b.png\", \"class\": \"y\"}\n{\"filepath\": \" images/a.png \", \"class\": \"x\"}\n"
                    + "{\"class\": \"x\", \"filepath\": \"images/deep/c.png\"}\n"
            ),
        ]
        for (name, text) in texts {
            let path = try table(text, as: name)
            let before = try Scratch.tree(scratch.path)
            let parts = try imageParts(path)
            let images = folder + "/images/"
            #expect(try described(parts.training) == [images + "b.png = y", images + "a.png = x", images + "deep/c.png = x"], "\(name)")
            #expect(try reds(parts.training) == [2, 1, 3])
            #expect(parts.training.labels == ["x", "y"] && parts.training.path == path)
            #expect(parts.training.warnings.isEmpty, "\(parts.training.warnings)")
            #expect(parts.validation == nil && parts.test == nil)
            #expect(try Scratch.tree(scratch.path) == before)
        }
    }

    @Test("the lines of the table are those of the examples")
    func lines() throws {
        let data = try imageParts(table("image,label\n\nimages/b.png,y\nimages/a.png,x\n")).training
        #expect(data.examples.map(\.line) == [3, 4])
    }

    @Test("absolute paths lead anywhere")
    func absolute() throws {
        let outside = scratch.path + "/outside.png"
        let data = try imageParts(table("path,label\n\(outside),x\n")).training
        #expect(try described(data) == [outside + " = x"])
        // A link that is named as such is what was meant.
        symlink("../outside.png", folder + "/link.png")
        #expect(try reds(imageParts(table("path,label\n\(folder)/link.png,x\n")).training) == [9])
    }

    @Test("I1 columns: named, known, the only other one, undecided")
    func columns() throws {
        #expect(
            try imageParts(table("n,picture,mood\n1,images/a.png,x\n"), columns: Columns(text: "picture", label: "mood")).training.labels
                == ["x"])
        let other = try imageParts(table("picture,label\nimages/a.png,x\n")).training
        #expect(other.columns?.text == "picture" && other.columns?.label == "label")
        let second = try imageParts(table("Image,mood\nimages/a.png,x\n")).training
        #expect(second.columns?.names == Columns(text: "Image", label: "mood"))
        #expect(second.warnings == ["the label is \"mood\", the only other column"])
        // The names serve for the next file.
        let names = try #require(second.columns?.names)
        #expect(try imageParts(table("x,mood,Image\n1,y,images/b.png\n"), columns: names).training.labels == ["y"])

        let path = try table("id,picture,label\n1,images/a.png,x\n")
        let error = try imageError { try imageParts(path) }
        #expect(error == .imageColumn(path: path, available: ["id", "picture", "label"]))
        #expect(error.message.hasSuffix("there are \"id\", \"picture\", \"label\"") && error.hint == "name it: --text id")
        let label = try datasetError { try imageParts(table("image,a,b\nimages/a.png,x,y\n")) }
        #expect(label == .undecidedColumn(path: folder + "/t.csv", role: .label, available: ["image", "a", "b"]))
        let unknown = try datasetError { try imageParts(table("image,label\nimages/a.png,x\n"), columns: Columns(text: "picture")) }
        #expect(unknown.code == "data.unknown_column")
    }

    @Test("without header columns are named by numbers")
    func noHeader() throws {
        let path = try table("x,images/a.png\ny,images/b.png\n")
        let data = try imageParts(path, columns: Columns(text: "2", label: "1"), header: false).training
        #expect(data.labels == ["x", "y"] && data.examples.count == 2)
        #expect(try imageParts(path, columns: Columns(label: "1"), header: false).training.examples.count == 2)
        #expect(try imageError { try imageParts(path, header: false) }.code == "data.undecided_column")
    }

    @Test("I2 header only, I4 ragged rows, no value")
    func rows() throws {
        #expect(try datasetError { try imageParts(table("image,label\n")) } == .noRows(path: folder + "/t.csv"))
        #expect(try datasetError { try imageParts(table("")) } == .empty(path: folder + "/t.csv"))
        let ragged = try datasetError { try imageParts(table("image,label\nimages/a.png,x\nimages/b.png\n")) }
        #expect(ragged == .ragged(path: folder + "/t.csv", line: 3, expected: 2, found: 1, format: .csv))
        let blank = try datasetError { try imageParts(table("image,label\n \t,x\n")) }
        #expect(blank == .missingValue(path: folder + "/t.csv", line: 2, column: "image"))
        let label = try datasetError { try imageParts(table("image,label\nimages/a.png,\n")) }
        #expect(label == .missingValue(path: folder + "/t.csv", line: 2, column: "label"))
        let number = try datasetError { try imageParts(table("{\"image\": [1], \"label\": 2}\n", as: "t.jsonl")) }
        #expect(number.code == "data.not_a_value")
    }

    @Test("I5 a label that is none of the given classes")
    func unknownLabel() throws {
        let path = try table("image,label\nimages/a.png,x\nimages/b.png,z\n")
        let error = try datasetError { try imageParts(path, labels: ["y", "x"]) }
        #expect(error == .unknownLabel(path: path, line: 3, column: "label", label: "z", known: ["y", "x"]))
        #expect(try imageParts(path, labels: ["z", "y", "x"]).training.examples.map(\.label) == [2, 0])
    }

    @Test("I11: a listed image is missing")
    func missing() throws {
        let path = try table("image,label\nimages/a.png,x\nimages/z.png,x\nimages/b.png,y\nimages/y.png,y\n")
        let error = try imageError { try imageParts(path) }
        #expect(error == .missingImage(path: path, line: 3, column: "image", image: "images/z.png", count: 2))
        #expect(error.exitCode == .data && error.place == Place(file: path, entry: "image", line: 3))
        #expect(error.message == "the image \"images/z.png\" is not there; of the images that the table lists 2 are missing")
        // A path goes on from the folder of the table, not from that of the program.
        #expect(error.hint == "paths are taken from the folder of the table; --on-bad skip leaves such rows out")
        for (listed, hint) in [("https://a.org/b.png", "machine"), ("images\\a.png", "/"), ("/nowhere/a.png", "spelling")] {
            let error = try imageError { try imageParts(table("image,label\n\(listed),x\n")) }
            #expect(error.code == "data.missing_image" && error.hint?.contains(hint) == true, "\(listed)")
        }
    }

    @Test("rows whose image is missing or refused are left out where that is asked for, counted and named")
    func skipped() throws {
        let path = try table("image,label\nimages/a.png,x\nimages/z.png,x\nimages/b.png,y\n../outside.png,w\nimages/y.png,v\n")
        let data = try DatasetReader.parts(path, kind: .image, skipsMissing: true).training
        #expect(try reds(data) == [1, 2])
        #expect(data.labels == ["x", "y"], "a class without images is none")
        #expect(
            data.warnings == [
                "2 images of the table are not there and are left out: \"images/z.png\", \"images/y.png\"",
                "1 path of the table is not followed and is left out: \"../outside.png\"",
            ])
        let none = try table("image,label\nimages/z.png,x\n")
        #expect(try imageError { try DatasetReader.parts(none, kind: .image, skipsMissing: true) }.code == "data.missing_image")
    }

    @Test(
        "I11: a path that leads out of the folder",
        arguments: ["../outside.png", "images/../../outside.png", "./../data/images/a.png", "images/../..", "..", "../../etc/passwd"])
    func outside(listed: String) throws {
        let path = try table("image,label\nimages/a.png,x\n\(listed),x\n")
        let error = try imageError { try imageParts(path) }
        #expect(
            error
                == .refusedPath(
                    path: path, line: 3, column: "image", image: listed, rule: "leads out of the folder of the table"))
        #expect(error.exitCode == .data && error.hint?.contains("absolute") == true)
    }

    @Test("I11: symbolic links out of the folder, in a loop, to nothing, inside")
    func links() throws {
        symlink("../outside.png", folder + "/out.png")
        symlink("..", folder + "/up")
        symlink("loop.png", folder + "/loop.png")
        symlink("nowhere.png", folder + "/dangling.png")
        symlink("images/b.png", folder + "/inside.png")
        symlink("images", folder + "/other")
        for listed in ["out.png", "up/outside.png"] {
            let error = try imageError { try imageParts(table("image,label\n\(listed),x\n")) }
            #expect(error.code == "data.refused_path" && error.message.contains("symbolic link"), "\(listed)")
        }
        for listed in ["loop.png", "dangling.png"] {
            #expect(try imageError { try imageParts(table("image,label\n\(listed),x\n")) }.code == "data.missing_image", "\(listed)")
        }
        #expect(try reds(imageParts(table("image,label\ninside.png,x\nother/a.png,x\n")).training) == [2, 1])
        for listed in ["images", ".", folder] {
            let error = try imageError { try imageParts(table("image,label\n\(listed),x\n")) }
            #expect(error.code == "data.refused_path" && error.message.contains("no file"), "\(listed)")
        }
    }

    @Test("without classes labels are read only if their column is named")
    func unlabelled() throws {
        let path = try table("image,label\nimages/a.png,x\nimages/b.png,\n")
        let bare = try imageParts(path, requiresLabels: false).training
        #expect(bare.examples.map(\.label) == [nil, nil] && bare.labels.isEmpty)
        let some = try imageParts(path, columns: Columns(label: "label"), requiresLabels: false).training
        #expect(some.examples.map(\.label) == [0, nil] && some.labels == ["x"])
        let one = try imageParts(table("pictures\nimages/a.png\n"), requiresLabels: false).training
        #expect(one.examples.count == 1)
        #expect(
            try DatasetReader.images(in: table("image\nimages/a.png\nimages/b.png\n")).map(\.name) == [
                folder + "/images/a.png", folder + "/images/b.png",
            ])
    }

    @Test("tables in a folder: one, or one for each part")
    func inFolder() throws {
        try scratch.write("data/metadata.csv", "file_name,label\nimages/a.png,x\nimages/b.png,y\n")
        let one = try imageParts(folder).training
        #expect(try described(one) == [folder + "/images/a.png = x", folder + "/images/b.png = y"])
        #expect(one.path == folder + "/metadata.csv")

        try scratch.write("parts/train.csv", "file_name,label\n1.png,x\n2.png,y\n")
        try scratch.write("parts/val.csv", "file_name,label\n2.png,y\n")
        try scratch.write("parts/extra.csv", "file_name,label\n2.png,y\n")
        for name in ["1.png", "2.png"] { try scratch.write("parts/" + name, png(1)) }
        let parts = try imageParts(scratch.path + "/parts")
        #expect(parts.training.labels == ["x", "y"] && parts.validation?.examples.map(\.label) == [1] && parts.test == nil)
        #expect(parts.training.warnings == ["1 table is not used: \"extra.csv\""])

        try scratch.write("inner/train/metadata.csv", "file_name,label\n1.png,x\n2.png,y\n")
        for name in ["train/1.png", "train/2.png", "test/y/3.png"] { try scratch.write("inner/" + name, png(1)) }
        let inner = try imageParts(scratch.path + "/inner")
        #expect(inner.training.labels == ["x", "y"] && inner.test?.examples.map(\.label) == [1])

        try scratch.write("two/a.csv", "file,label\n1.png,x\n")
        try scratch.write("two/b.csv", "file,label\n1.png,x\n")
        try scratch.write("two/1.png", png(1))
        #expect(
            try imageError { try imageParts(scratch.path + "/two") }
                == .severalTables(path: scratch.path + "/two", names: ["a.csv", "b.csv"]))

        // A table of something else beside folders of classes.
        try scratch.write("classes/notes.csv", "class,height\nrose,20\n")
        for name in ["rose/1.png", "tulip/2.png"] { try scratch.write("classes/" + name, png(1)) }
        let classes = try imageParts(scratch.path + "/classes").training
        #expect(classes.labels == ["rose", "tulip"] && classes.warnings == ["1 table is not used: \"notes.csv\""])
    }

    @Test("the progress of a table is told")
    func progress() throws {
        let path = try table("image,label\n" + String(repeating: "images/a.png,x\n", count: 1000))
        var seen: [(done: Int, total: Int)] = []
        _ = try DatasetReader.parts(path, kind: .image) { seen.append(($0, $1)) }
        #expect(seen.last?.done == seen.last?.total && seen.last?.total == 12 + 15000)
    }
}
