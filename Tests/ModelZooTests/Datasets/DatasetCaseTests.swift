import ModelZoo
import Testing
import ZooTensor

@Suite("Data set cases")
struct DatasetCaseTests {
    let folder: DataFolder

    init() throws { folder = try DataFolder() }

    @Test("I1 missing column lists the columns")
    func missingColumn() throws {
        let path = try folder.file("a.csv", "id,body,mood\n1,hello,glad\n")
        let label = try datasetError { try LabelledDataset.load(path) }
        #expect(label == .undecidedColumn(path: path, role: .label, available: ["id", "body", "mood"]))
        #expect(label.exitCode == .data)
        #expect(label.message.contains("\"id\", \"body\", \"mood\""))
        #expect(label.hint == "name it: --label mood")

        let named = try datasetError { try LabelledDataset.load(path, columns: Columns(label: "moods")) }
        #expect(named.code == "data.unknown_column")
        #expect(named.message == "there is no column \"moods\"; there are \"id\", \"body\", \"mood\"")
        #expect(named.hint == "did you mean \"mood\"?")
        #expect(named.place?.file == path)

        let lines = try folder.file("a.jsonl", "{\"text\": \"x\", \"mood\": \"glad\"}\n{\"text\": \"y\", \"kind\": 1}\n")
        let error = try datasetError { try LabelledDataset.load(lines, columns: Columns(label: "tone")) }
        #expect(error == .unknownColumn(path: lines, name: "tone", available: ["text", "mood", "kind"]))
        let absent = try datasetError { try LabelledDataset.load(lines, columns: Columns(label: "mood")) }
        #expect(absent == .missingValue(path: lines, line: 2, column: "mood"))
    }

    @Test("I1 a header with other separators or no header at all is told")
    func wrongTable() throws {
        // One row alone may have any delimiter; the header shows it.
        let colons = try datasetError { try LabelledDataset.load(folder.file("a.csv", "text:label\nx:y\n")) }
        #expect(colons.code == "data.undecided_column")
        #expect(try LabelledDataset.load(folder.file("b.csv", "text\tlabel\nx\ty\n")).labels == ["y"])
        let bare = try datasetError { try LabelledDataset.load(folder.file("c.tsv", "what a day\t27\tedgu\nyes\t4,27\tee84\n")) }
        #expect(bare.hint?.contains("--no-header") == true)
    }

    @Test("I2 empty file, header only", arguments: TableFormat.allCases)
    func empty(format: TableFormat) throws {
        for (name, bytes) in [("empty", []), ("mark", [0xEF, 0xBB, 0xBF]), ("lines", Array("\n\r\n\n".utf8))] {
            let path = try folder.file(name, bytes as [UInt8])
            let error = try datasetError { try LabelledDataset.load(path, format: format) }
            #expect(error == .empty(path: path), "\(name)")
            #expect(error.exitCode == .data)
        }
        guard let delimiter = [TableFormat.csv: ",", .tsv: "\t"][format] else { return }
        for end in ["", "\n", "\r\n\r\n"] {
            let path = try folder.file("header", "text\(delimiter)label\(end)")
            #expect(try datasetError { try LabelledDataset.load(path, format: format) } == .noRows(path: path))
        }
    }

    @Test("I3 byte order mark, CRLF, quotes, embedded line ends", arguments: [1 << 18, 4, 5, 7])
    func dialects(chunk: Int) throws {
        let text =
            "\u{FEFF}text,label\r\n\"a \"\"quoted\"\" word, and more\",x\r\n\"two\r\nlines\nand\rthree\",y\r\nplain \"inner\" quote,x\r\n\"\",y"
        let table = try tableRows(folder.file("a.csv", text), chunk: chunk)
        #expect(table.columns == ["text", "label"])
        #expect(
            table.rows == [
                ["a \"quoted\" word, and more", "x"], ["two\r\nlines\nand\rthree", "y"], ["plain \"inner\" quote", "x"], ["", "y"],
            ])
        #expect(table.lines == [2, 3, 7, 8])
    }

    @Test("I3 a field of 100 MB is refused at the limit")
    func longField() throws {
        var bytes = Array("text,label\nshort,x\n".utf8)
        bytes += [UInt8](repeating: UInt8(ascii: "a"), count: 100_000_000)
        let path = try folder.file("a.csv", bytes)
        let error = try datasetError { try LabelledDataset.load(path) }
        #expect(error == .fieldTooLarge(path: path, line: 3, limit: 16 << 20, inQuotes: false))
        #expect(error.exitCode == .data)
    }

    @Test("I3 limits of fields, rows and columns")
    func limits() throws {
        let path = try folder.file("a.csv", "a,b,c\n\(String(repeating: "x", count: 20)),y,z\n")
        #expect(
            try datasetError { try tableRows(path, limits: TableLimits(fieldByteCount: 19)) }
                == .fieldTooLarge(path: path, line: 2, limit: 19, inQuotes: false))
        #expect(try tableRows(path, limits: TableLimits(fieldByteCount: 20)).rows.count == 1)
        #expect(
            try datasetError { try tableRows(path, limits: TableLimits(rowByteCount: 21)) } == .rowTooLarge(path: path, line: 2, limit: 21))
        #expect(
            try datasetError { try tableRows(path, limits: TableLimits(columnCount: 2)) } == .tooManyColumns(path: path, line: 1, limit: 2))
        let open = try folder.file("b.csv", "a\nx\n\"\(String(repeating: "y\n", count: 20))")
        #expect(
            try datasetError { try tableRows(open, limits: TableLimits(fieldByteCount: 19), chunk: 8) }
                == .fieldTooLarge(path: open, line: 3, limit: 19, inQuotes: true))
        let lines = try folder.file("c.jsonl", "{\"text\": \"\(String(repeating: "x", count: 20))\"}")
        #expect(
            try datasetError { try tableRows(lines, limits: TableLimits(fieldByteCount: 19)) }
                == .fieldTooLarge(path: lines, line: 1, limit: 19, inQuotes: false))
        #expect(try datasetError { try tableRows(lines, limits: TableLimits(rowByteCount: 25)) }.code == "data.field_too_large")
    }

    @Test(
        "I3 NUL",
        arguments: [("a.csv", "text,label\nx,y\na\0b,y\n", 3), ("b.csv", "text,label\n\"x\n\0\",y\n", 3), ("c.tsv", "text\0\n", 1)])
    func nul(name: String, text: String, line: Int) throws {
        let path = try folder.file(name, text)
        #expect(try datasetError { try tableRows(path) } == .nul(path: path, line: line))
    }

    @Test("I3 NUL in JSON Lines")
    func nulJSON() throws {
        let escaped = try folder.file("a.jsonl", "{\"text\": \"x\"}\n{\"text\": \"a\\u0000b\"}\n")
        #expect(try datasetError { try tableRows(escaped) } == .nul(path: escaped, line: 2))
        let raw = try folder.file("b.jsonl", "{\"text\": \"a\0b\"}\n")
        #expect(try datasetError { try tableRows(raw) } == .nul(path: raw, line: 1))
    }

    @Test("I3 invalid UTF-8 is told with its line")
    func invalidUTF8() throws {
        let latin = try folder.file("a.csv", Array("text,label\nok,x\n\"line 3\nline 4 caf".utf8) + [0xE9] + Array("\",y\n".utf8))
        let error = try datasetError { try tableRows(latin, chunk: 16) }
        #expect(error == .invalidUTF8(path: latin, line: 4, byte: 0xE9))
        #expect(error.description.hasSuffix("line 4: invalid UTF-8 at the byte 0xE9"))
        #expect(error.hint?.contains("the byte is \"\u{E9}\" in Windows-1252") == true)
        #expect(error.hint?.contains("--encoding windows-1252") == true && error.hint?.contains("iconv") == true)
        // A character cut by a delimiter must not be mended by the field after it.
        let cut = try folder.file("b.tsv", Array("a\tb\nx\u{7}".utf8) + [0xC3, 0x09, 0xA9, 0x0A])
        #expect(try datasetError { try tableRows(cut) } == .invalidUTF8(path: cut, line: 2, byte: 0xC3))
        let lines = try folder.file("c.jsonl", Array("{\"text\": \"x\"}\n{\"text\": \"".utf8) + [0xFF] + Array("\"}\n".utf8))
        #expect(try datasetError { try tableRows(lines) } == .invalidUTF8(path: lines, line: 2, byte: 0xFF))
    }

    @Test("I3 mixed encodings: the first line that is not UTF-8 is told")
    func mixedEncodings() throws {
        let path = try folder.file("a.csv", Array("text,label\ncafé,x\ncaf".utf8) + [0xE9] + Array(",x\n".utf8))
        #expect(try datasetError { try LabelledDataset.load(path) } == .invalidUTF8(path: path, line: 3, byte: 0xE9))
    }

    @Test(
        "I3 other encodings and packed files are named",
        arguments: [
            ([0xFF, 0xFE, 0, 0], "UTF-32"), ([0, 0, 0xFE, 0xFF], "UTF-32"), (Array("PAR1".utf8), "Parquet"), (Array("BZh9".utf8), "bzip2"),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz"), ([0x50, 0x4B, 3, 4], "ZIP"),
        ] as [([UInt8], String)])
    func otherEncodings(start: [UInt8], name: String) throws {
        let path = try folder.file("a.csv", start + Array("text,label\n".utf8))
        let error = try datasetError { try tableRows(path) }
        #expect(error.code == "data.not_text")
        #expect(error.message.contains(name))
        if name.hasPrefix("UTF") { #expect(error.hint == "convert it: iconv -f \(name) -t UTF-8 \(path) > NEW") }
        if name == "Parquet" { #expect(error.hint?.contains("pandas.read_parquet(sys.argv[1])") == true) }
    }

    @Test("I4 ragged rows are told with their line")
    func ragged() throws {
        let path = try folder.file("a.csv", "text,label\n\"two\nlines\",x\nhello, world,x\n")
        #expect(try datasetError { try tableRows(path) } == .ragged(path: path, line: 4, expected: 2, found: 3, format: .csv))
        #expect(try datasetError { try tableRows(path) }.description == "\(path), line 4: the row has 3 fields, expected 2")
        let short = try folder.file("b.tsv", "text\tlabel\na\tx\nno label\n")
        #expect(try datasetError { try tableRows(short) } == .ragged(path: short, line: 3, expected: 2, found: 1, format: .tsv))
        let bare = try folder.file("c.tsv", "a\tb\nc\n")
        #expect(
            try datasetError { try tableRows(bare, header: false) } == .ragged(path: bare, line: 2, expected: 2, found: 1, format: .tsv))
    }

    @Test("I4 quotes that do not close, text after a quote")
    func quotes() throws {
        let open = try folder.file("a.csv", "text,label\na,x\n\"b,x\nc,x\n")
        #expect(try datasetError { try tableRows(open) } == .unclosedQuote(path: open, line: 3))
        let after = try folder.file("b.csv", "text,label\n\"a\" b,x\n")
        #expect(try datasetError { try tableRows(after) } == .textAfterQuote(path: after, line: 2, found: " b,x"))
    }

    @Test("I5 a label that the model does not know is told with line and known ones")
    func unseenLabel() throws {
        let path = try folder.file("a.csv", "text,label\na,good\nb,baad\n")
        let error = try datasetError { try LabelledDataset.load(path, labels: ["good", "bad"]) }
        #expect(error == .unknownLabel(path: path, line: 3, column: "label", label: "baad", known: ["good", "bad"]))
        #expect(error.description.contains("line 3"))
        #expect(error.message == "the label \"baad\" is none of the 2 known ones: \"good\", \"bad\"")
        #expect(error.hint == "did you mean \"bad\"?")
        // The order is the model's, also for classes that the file lacks.
        let known = try LabelledDataset.load(folder.file("b.csv", "text,label\na,good\nb,bad\n"), labels: ["other", "good", "bad"])
        #expect(known.labels == ["other", "good", "bad"])
        #expect(known.examples.map(\.label) == [1, 2])
        #expect(known.classCounts == [0, 1, 1])
    }

    @Test("I6 classes of one example stay in the training part")
    func singles() {
        let all = stratifiedSplit(labels: Array(0..<100), validationFraction: 0.5, seed: 1)
        #expect(all.train == Array(0..<100))
        #expect(all.validation.isEmpty)
        let mixed = stratifiedSplit(labels: [7] + [Int](repeating: 3, count: 10) + [5], validationFraction: 0.2, seed: 1)
        #expect(mixed.validation.count == 2)
        #expect(mixed.validation.allSatisfy { (1...10).contains($0) })
        #expect(mixed.train.contains(0) && mixed.train.contains(11))
    }

    @Test("I8 the same number as int, string and float is one class, and the mix is told")
    func labelMix() throws {
        let path = try folder.file(
            "a.jsonl",
            """
            {"text": "a", "label": 1}
            {"text": "b", "label": "1"}
            {"text": "c", "label": 1.0}
            {"text": "d", "label": "1.0"}
            {"text": "e", "label": 10}
            {"text": "f", "label": 2}
            """)
        let data = try LabelledDataset.load(path)
        #expect(data.labels == ["1", "2", "10"])
        #expect(data.examples.map(\.label) == [0, 0, 0, 0, 2, 1])
        let report = data.warnings.joined(separator: "\n")
        #expect(report.contains("texts in 2 rows (lines 2, 4)"))
        #expect(report.contains("whole numbers in 3 rows (lines 1, 5, 6)"))
        #expect(report.contains("one class: \"1\""))

        // A model's class keeps its spelling; another spelling of the same whole number finds it.
        let fixed = try LabelledDataset.load(path, labels: ["10.0", "2.0", "1.0"])
        #expect(fixed.labels == ["10.0", "2.0", "1.0"])
        #expect(fixed.examples.map(\.label) == [2, 2, 2, 2, 0, 1])
        // Without a mix labels stay as written, and fractions are not rounded.
        let plain = try LabelledDataset.load(folder.file("b.csv", "text,label\na,10.0\nb,2.0\nc,2.5\n"))
        #expect(plain.labels == ["10.0", "2.0", "2.5"])
        #expect(plain.warnings.isEmpty)
        let whole = try LabelledDataset.load(folder.file("c.csv", "text,label\na,10.0\nb,2.0\nc,-3\n"))
        #expect(whole.labels == ["-3", "2.0", "10.0"])
        let other = try LabelledDataset.load(
            folder.file("d.jsonl", "{\"text\": \"a\", \"label\": true}\n{\"text\": \"b\", \"label\": \"false\"}"))
        #expect(other.labels == ["false", "true"] && other.warnings.count == 1)
        let codes = try LabelledDataset.load(folder.file("e.csv", "text,label\na,007\nb,7\n"))
        #expect(codes.labels == ["007", "7"])
    }

    @Test("I9 100 000 classes in linear time")
    func manyClasses() throws {
        var times: [Double] = []
        for count in [20_000, 100_000] {
            var text = "text,label\n"
            for index in 0..<2 * count { text += "t\(index),class \(index % count)\n" }
            let path = try folder.file("\(count).csv", text)
            var data: LabelledDataset?
            let time = try threadTime {
                data = try LabelledDataset.load(path)
                let split = stratifiedSplit(labels: data?.examples.compactMap(\.label) ?? [], validationFraction: 0.1, seed: 3)
                #expect(split.validation.count == count / 5)
            }
            times.append(time)
            #expect(data?.labels.count == count)
            #expect(data?.classCounts.allSatisfy { $0 == 2 } == true)
            #expect(data?.labels.first == "class 0" && data?.labels[2] == "class 10")
        }
        // Five times the classes; quadratic code would need 25 times as long.
        #expect(times[1] < times[0] * 15 + 0.1)
    }

    @Test("I10 empty and blank texts are kept and counted")
    func blank() throws {
        let path = try folder.file("a.tsv", "text\tlabel\nok\tx\n\tx\n \u{3000}\u{A0}\ty\nfine\ty\n")
        let data = try LabelledDataset.load(path)
        #expect(data.examples.count == 4)
        #expect(data.warnings == ["2 texts are empty or white space alone (lines 3, 4)"])
        // A label must not be empty.
        let bare = try folder.file("b.tsv", "text\tlabel\nok\tx\nfine\t \n")
        let error = try datasetError { try LabelledDataset.load(bare) }
        #expect(error == .missingValue(path: bare, line: 3, column: "label"))
        #expect(error.place == Place(file: bare, entry: "label", line: 3))
    }

    @Test("I11 missing file, folder, symlink loop, link to nothing")
    func paths() throws {
        let missing = try datasetError { try LabelledDataset.load(folder.path + "/none.csv") }
        #expect(missing.code == "data.not_found" && missing.exitCode == .notFound)
        #expect(missing.description.contains("none.csv"))
        let asFolder = try datasetError { try LabelledDataset.load(folder.path, format: .csv) }
        #expect(asFolder.code == "data.not_a_file" && asFolder.exitCode == .data)
        #expect(asFolder.message == "expected a regular file, found a folder")
        #expect(asFolder.hint != nil)
        _ = try folder.link("one.csv", to: "two.csv")
        let loop = try datasetError { try LabelledDataset.load(folder.link("two.csv", to: "one.csv")) }
        #expect(loop.code == "data.unreadable" && loop.exitCode == .data)
        #expect(loop.message.contains("symbolic links"))
        let dangling = try datasetError { try LabelledDataset.load(folder.link("three.csv", to: "nowhere.csv")) }
        #expect(dangling.exitCode == .notFound)
    }

    @Test("I21 a file that is cut while it is read is told")
    func cutWhileRead() throws {
        let path = try folder.file("a.csv", "text,label\n" + String(repeating: "a,x\n", count: 1000))
        let table = try TableReader(path, chunkByteCount: 64)
        _ = try table.next()
        try truncateFile(path, to: 200)
        let error = try datasetError { while try table.next() != nil {} }
        #expect(error.code == "data.changed" && error.exitCode == .data)
    }
}
