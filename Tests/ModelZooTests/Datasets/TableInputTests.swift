import ModelZoo
import Testing
import ZooTensor

@Suite("Tables that people have")
struct TableInputTests {
    let folder: DataFolder

    init() throws { folder = try DataFolder() }

    /// The texts and labels that all files of a test hold.
    private static let rows = [("a caf\u{E9}, maybe", "good"), ("two; \"lines\"\nhere", "bad"), ("plain", "good")]

    private func read(_ path: String, _ dialect: TableDialect = TableDialect(), header: Bool = true) throws -> LabelledDataset {
        try LabelledDataset.load(path, header: header, dialect: dialect)
    }

    private func described(_ data: LabelledDataset) -> [String] {
        data.examples.map { example in
            example.input.parts.joined(separator: " | ") + " = " + (example.label.map { data.labels[$0] } ?? "-")
        }
    }

    private static func delimited(_ delimiter: String, header: Bool = true) -> String {
        let rows = (header ? [("text", "label")] : []) + Self.rows
        return rows.map { row in
            [row.0, row.1].map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: delimiter) + "\n"
        }.joined()
    }

    private static let expected = rows.map { $0.0 + " = " + $0.1 }

    @Test(
        "semicolons, tabs and bars are found in a .csv file, and told",
        arguments: [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")])
    func delimiters(delimiter: String, words: String) throws {
        let data = try read(folder.file("a.csv", Self.delimited(delimiter)))
        #expect(described(data) == Self.expected)
        #expect(data.warnings == ["the fields of a.csv are separated by \(words)"])
        // Plain lines, with commas in the texts.
        let plain = try read(
            folder.file("b.csv", "text\(delimiter)label\none, two\(delimiter)x\nthree\(delimiter)y\nfour, 5, six\(delimiter)x\n"))
        #expect(described(plain) == ["one, two = x", "three = y", "four, 5, six = x"])
    }

    @Test("a first line that tells the delimiter is no row", arguments: ["\n", "\r\n"])
    func separatorLine(end: String) throws {
        let path = try folder.file("a.csv", ["sep=|", "text|label", "one, two|x", "three|y", ""].joined(separator: end))
        let data = try read(path)
        #expect(described(data) == ["one, two = x", "three = y"] && data.examples.map(\.line) == [3, 4])
    }

    @Test("commas stay the delimiter where they fit")
    func commas() throws {
        let data = try read(folder.file("a.csv", "text,label\na;b,x\nc;d,y\n"))
        #expect(described(data) == ["a;b = x", "c;d = y"] && data.warnings.isEmpty)
        let single = try tableRows(folder.file("b.csv", "text\na; b\nc; d\n"))
        #expect(single.columns == ["text"] && single.rows == [["a; b"], ["c; d"]])
    }

    @Test("--delimiter counts more than what is found, and is no setting for JSON")
    func givenDelimiter() throws {
        let path = try folder.file("a.dat", "text:label\na, b:x\nc:y\n")
        #expect(try described(read(path, TableDialect(delimiter: UInt8(ascii: ":")))) == ["a, b = x", "c = y"])
        let lines = try folder.file("a.jsonl", "{\"text\": \"a\", \"label\": \"x\"}\n")
        let error = try datasetError { try read(lines, TableDialect(delimiter: UInt8(ascii: ";"))) }
        #expect(error == .delimiterOfJSON(path: lines) && error.exitCode == .usage)
        for (name, byte) in [("tab", 9), ("\\t", 9), ("semicolon", 0x3B), (";", 0x3B), ("|", 0x7C), ("Comma", 0x2C)] as [(String, UInt8)] {
            #expect(TableDialect.delimiter(named: name) == byte)
        }
        for name in ["", "ab", "x", "1", "\"", "\n", "é"] { #expect(TableDialect.delimiter(named: name) == nil, "\(name)") }
    }

    @Test("quotes of a TSV file are taken off if all are used so, and told; else they are characters")
    func quotes() throws {
        let quoted = try read(folder.file("a.tsv", Self.delimited("\t")))
        #expect(described(quoted) == Self.expected)
        #expect(quoted.warnings == ["quotes around fields are taken off in a.tsv (8 fields)"])
        let some = try read(folder.file("b.tsv", "text\tlabel\n\"whole\"\tx\nit's \"so\"\ty\n"))
        #expect(described(some) == ["whole = x", "it's \"so\" = y"] && some.warnings.count == 1)
        // One sentence that begins with a quotation makes all of them characters.
        let plain = try read(folder.file("c.tsv", "text\tlabel\n\"whole\"\tx\n\"so\" he said\ty\n"))
        #expect(described(plain) == ["\"whole\" = x", "\"so\" he said = y"])
        #expect(
            plain.warnings == [
                "quotes are plain characters in c.tsv: the one that opens a field on line 3 is not closed at the field's end"
            ])
        // A quote that opens here and happens to close lines later would swallow rows that are whole without it.
        let swallowed = try read(folder.file("d.tsv", "text\tlabel\n\"open\tx\nmiddle\ty\nclosed\"\tx\n"))
        #expect(described(swallowed) == ["\"open = x", "middle = y", "closed\" = x"])
    }

    @Test("a .txt file: with and without header, tabs, semicolons, bars", arguments: ["\t", ";", "|"], [true, false])
    func textFiles(delimiter: String, header: Bool) throws {
        let path = try folder.file("a.txt", Self.delimited(delimiter, header: header))
        let data = try read(path)
        #expect(described(data) == Self.expected)
        #expect(data.columns?.text == (header ? "text" : "1"))
        #expect(data.warnings.contains { $0.contains("has no header") } == !header)
        // The label may come first.
        let swapped = try read(
            folder.file("b.txt", ["spam\(delimiter)buy now", "ham\(delimiter)see you", "ham\(delimiter)yes I do"].joined(separator: "\n")))
        #expect(described(swapped) == ["buy now = spam", "see you = ham", "yes I do = ham"])
    }

    @Test("a .txt file without fields names what to do")
    func textWithoutFields() throws {
        let path = try folder.file("a.txt", "just a text\nand, another\nthird\n")
        let error = try datasetError { try read(path) }
        #expect(error == .undecidedDelimiter(path: path) && error.exitCode == .data)
        #expect(error.hint?.contains("--delimiter") == true)
    }

    private static func utf16(_ text: String, bigEndian: Bool, mark: Bool) -> [UInt8] {
        ((mark ? [0xFEFF] : []) + Array(text.utf16)).flatMap { unit -> [UInt8] in
            let bytes = [UInt8(unit >> 8), UInt8(unit & 255)]
            return bigEndian ? bytes : bytes.reversed()
        }
    }

    @Test("UTF-16 is found by its mark, and told", arguments: [true, false])
    func utf16(bigEndian: Bool) throws {
        let text = "text,label\n\u{1F600} caf\u{E9},x\nzwei,y\n"
        let path = try folder.file("a.csv", Self.utf16(text, bigEndian: bigEndian, mark: true))
        let data = try read(path)
        #expect(described(data) == ["\u{1F600} caf\u{E9} = x", "zwei = y"])
        #expect(data.warnings == ["a.csv is in UTF-16, by its byte order mark"])
        let bare = try folder.file("b.csv", Self.utf16(text, bigEndian: bigEndian, mark: false))
        let error = try datasetError { try read(bare) }
        #expect(error.code == "data.nul" && error.hint?.contains("--encoding utf-16") == true)
        let named = try read(bare, TableDialect(encoding: bigEndian ? .utf16BigEndian : .utf16LittleEndian))
        #expect(described(named) == described(data))
        // Half of a character.
        let cut = try folder.file("c.csv", Array(Self.utf16("text,label\na\u{1F600}", bigEndian: bigEndian, mark: true).dropLast(2)))
        #expect(try datasetError { try read(cut) }.code == "data.malformed_text")
        let odd = try folder.file("d.csv", Array(Self.utf16("text,label\na,b", bigEndian: bigEndian, mark: true).dropLast()))
        #expect(try datasetError { try read(odd) }.code == "data.malformed_text")
    }

    @Test("Latin-1 and Windows-1252 by name")
    func eightBit() throws {
        let path = try folder.file("a.csv", Array("text,label\ncaf".utf8) + [0xE9, 0x20, 0x80, 0x93] + Array(",x\nb,y\n".utf8))
        #expect(try described(read(path, TableDialect(encoding: .windows1252))) == ["caf\u{E9} \u{20AC}\u{201C} = x", "b = y"])
        #expect(try described(read(path, TableDialect(encoding: .latin1))) == ["caf\u{E9} \u{80}\u{93} = x", "b = y"])
        for (name, encoding) in [("ISO-8859-1", .latin1), ("latin1", .latin1), ("cp1252", .windows1252), ("UTF8", .utf8)]
            as [(String, TextEncoding)]
        {
            #expect(TextEncoding(name: name) == encoding)
        }
        #expect(TextEncoding(name: "klingon") == nil)
        let marked = try folder.file("b.csv", "\u{FEFF}text,label\na,x\n")
        #expect(
            try datasetError { try read(marked, TableDialect(encoding: .latin1)) } == .otherMark(path: marked, given: .latin1, found: .utf8)
        )
    }

    @Test("JSON arrays, objects over several lines, and JSON lines in a .json file", arguments: [1 << 18, 5])
    func json(chunk: Int) throws {
        let objects = Self.rows.map { row in
            JSON.object(["text": .string(row.0), "label": .string(row.1)])
        }
        let array = String(decoding: JSON.array(objects).serialized(pretty: true), as: UTF8.self)
        let lines = objects.map { $0.serializedText() }.joined(separator: "\n")
        for (name, text) in [("a.json", array), ("b.json", lines), ("c.json", " [ " + lines.replacing("\n", with: ",") + "]\n\n")] {
            let path = try folder.file(name, text)
            #expect(try described(read(path)) == Self.expected, "\(name)")
            #expect(try tableRows(path, chunk: chunk).rows == Self.rows.map { [$0.0, $0.1] })
        }
        let numbered = try tableRows(folder.file("d.json", "[\n{\"a\": 1},\n\n{\"a\":\n2}]"))
        #expect(numbered.lines == [2, 4])
    }

    @Test(
        "JSON that is no rows is named",
        arguments: [
            ("[{\"a\": 1}", "data.malformed_json"), ("[{\"a\": 1}] x", "data.malformed_json"),
            ("[{\"a\": 1} {\"a\": 2}]", "data.malformed_json"),
            ("[1, 2]", "data.not_an_object"), ("[]", "data.empty"), ("", "data.empty"), ("{\"a\": ", "data.malformed_json"),
            ("[,]", "data.malformed_json"),
            ("{\"data\": [{\"title\": \"x\", \"paragraphs\": []}]}", "data.question_answering"),
            ("{\"rows\": [{\"text\": \"a\"}, {\"text\": \"b\"}]}", "data.json_shape"),
            ("{\"text\": {\"0\": \"a\", \"1\": \"b\"}, \"label\": {\"0\": 1, \"1\": 0}}", "data.json_shape"),
            ("{\"text\": [\"a\", \"b\"], \"label\": [1, 0]}", "data.json_shape"),
        ])
    func jsonShapes(text: String, code: String) throws {
        let path = try folder.file("a.json", text)
        let error = try datasetError { try read(path) }
        #expect(error.code == code, "\(error)")
        #expect(error.place?.file == path)
        if code == "data.json_shape" { #expect(error.hint?.contains(path) == true) }
    }

    @Test("the columns of JSON lines are those of all objects; what some lack is told")
    func union() throws {
        let path = try folder.file(
            "a.jsonl",
            "{\"text\": \"a\"}\n{\"text\": \"b\", \"label\": \"x\", \"n\\u0061me\": 1}\n{\"label\": \"y\", \"text\": \"c\", \"name\": 2}\n")
        let table = try TableReader(path)
        #expect(table.columns == ["text", "label", "name"])
        #expect(table.notes == ["of 3 objects some lack keys that others have: \"label\" in 1, \"name\" in 1"])
        #expect(try datasetError { try read(path) } == .missingValue(path: path, line: 1, column: "label"))
        let many = (0..<30).map { "{\"k\($0)\": 1}\n" }.joined()
        let limited = try folder.file("b.jsonl", many)
        #expect(
            try datasetError { try tableRows(limited, limits: TableLimits(columnCount: 20)) }
                == .tooManyColumns(path: limited, line: 21, limit: 20))
    }

    @Test("packed tables, by their first bytes", arguments: ["a.csv.gz", "a.CSV", "a.jsonl.gz", "a.txt.gz"])
    func packed(name: String) throws {
        let text =
            name.contains("json")
            ? Self.rows.map { JSON.object(["text": .string($0.0), "label": .string($0.1)]).serializedText() + "\n" }.joined()
            : Self.delimited(",")
        let path = try folder.file(name, gzipped(Array(text.utf8)))
        #expect(try described(read(path)) == Self.expected)
        let cut = try folder.file("cut." + name, Array(gzipped(Array(text.utf8)).dropLast(12)))
        #expect(try datasetError { try read(cut) }.code == "data.archive")
    }

    @Test("a packed bomb stops at the limit", .timeLimit(.minutes(1)))
    func bomb() throws {
        // zstd: blocks of one byte repeated, 128 KiB each.
        var bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58]
        for _ in 0..<4096 { bytes += [0x02, 0x00, 0x10, 0x0A] }
        bytes += [0x01, 0, 0]
        let path = try folder.file("a.csv.zst", bytes)
        let error = try datasetError { try read(path) }
        #expect(error == .unpackedTooLarge(path: path, limit: 256 << 20), "\(error)")
    }

    @Test("a folder with a table for each part")
    func parts() throws {
        for (name, text) in [
            ("train.csv", Self.delimited(";")), ("dev.tsv", Self.delimited("\t")),
            ("reviews-test.jsonl", "{\"text\": \"t\", \"label\": \"bad\"}\n"),
            ("README.txt", "about; all\n"), ("extra.csv", "x,y\n"),
        ] { _ = try folder.file(name, text) }
        let parts = try DatasetReader.parts(folder.path, kind: .text)
        #expect(described(parts.training) == Self.expected)
        #expect(parts.validation.map(described) == Self.expected && parts.test.map(described) == ["t = bad"])
        #expect(parts.training.warnings.first == "1 table is not used: \"extra.csv\"")
        // A test part without labels is left out, one for validation is not.
        _ = try folder.file("reviews-test.jsonl", "{\"text\": \"t\"}\n")
        let unlabelled = try DatasetReader.parts(folder.path, kind: .text)
        #expect(
            unlabelled.test == nil && unlabelled.training.warnings.contains("reviews-test.jsonl has no column \"label\" and is not used"))
        _ = try folder.file("test.csv", "text,label\n")
        #expect(try datasetError { try DatasetReader.parts(folder.path, kind: .text) }.code == "data.several_tables")
    }

    @Test("folders that cannot be used are named")
    func folders() throws {
        let empty = try datasetError { try DatasetReader.parts(folder.path, kind: .text) }
        #expect(empty.code == "data.not_a_table" && empty.hint?.contains("train.csv") == true)
        _ = try folder.file("train.parquet", "PAR1")
        let parquet = try datasetError { try DatasetReader.parts(folder.path, kind: .text) }
        #expect(parquet.code == "data.unknown_format" && parquet.hint?.contains("\(folder.path)/train.parquet") == true)
        _ = try folder.file("test.csv", "text,label\na,x\n")
        #expect(try datasetError { try DatasetReader.parts(folder.path, kind: .text) }.code == "data.no_training_part")
        _ = try folder.file("a.csv", "text,label\na,x\n")
        #expect(try DatasetReader.parts(folder.path, kind: .text).training.examples.count == 1)
        _ = try folder.file("b.csv", "text,label\na,x\n")
        #expect(try datasetError { try DatasetReader.parts(folder.path, kind: .text) }.code == "data.several_tables")
    }
}
