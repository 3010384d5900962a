import ModelZoo
import Testing
import ZooTensor

@Suite("Tables")
struct TableReaderTests {
    let folder: DataFolder

    init() throws { folder = try DataFolder() }

    @Test("formats by extension")
    func formats() throws {
        #expect(try TableFormat(path: "a/b.csv") == .csv)
        #expect(try TableFormat(path: "B.TSV") == .tsv)
        #expect(try TableFormat(path: "./x.tab") == .tsv)
        #expect(try TableFormat(path: "x.jsonl") == .jsonl)
        #expect(try TableFormat(path: "x.ndjson") == .jsonl)
        #expect(try TableFormat(path: "x.JSON") == .json && TableFormat(path: "x.txt") == .txt)
        #expect(try TableFormat(path: "x.csv.gz") == .csv && TableFormat(path: "x.tsv.zst") == .tsv)
        #expect(try datasetError { try TableFormat(path: "x.conll") }.code == "data.token_classification")
        for (path, hint) in [
            ("x.csv.xz", "xz -dk"), ("x.gz", "DATA.csv.gz"), ("x.xlsx", "export"), ("x.parquet", "pandas.read_parquet"),
            ("x.csv/y", "name the file"), ("", "name the file"),
        ] {
            let error = try datasetError { try TableFormat(path: path) }
            #expect(error.code == "data.unknown_format")
            #expect(error.hint?.contains(hint) == true, "\(path)")
        }
        let path = try folder.file("plain", "text\tlabel\na\tx\n")
        #expect(try tableRows(path, format: .tsv).columns == ["text", "label"])
        #expect(try datasetError { try tableRows(path) }.code == "data.unknown_format")
    }

    @Test("TSV has no quoting where not all fields are quoted", arguments: [1 << 18, 4])
    func rawQuotes(chunk: Int) throws {
        let path = try folder.file(
            "a.tsv", "sentence\tlabel\n\" punch-drunk love \" is like a moustache . . .\tpositive\nit's \"raw\tnegative\n\"\tpositive\n")
        let table = try tableRows(path, chunk: chunk)
        #expect(table.columns == ["sentence", "label"])
        #expect(
            table.rows == [
                ["\" punch-drunk love \" is like a moustache . . .", "positive"], ["it's \"raw", "negative"], ["\"", "positive"],
            ])
    }

    @Test("lines end with LF, CR LF or CR", arguments: ["\n", "\r\n", "\r"], [1 << 18, 4, 5, 6])
    func lineEnds(end: String, chunk: Int) throws {
        let path = try folder.file("a.csv", ["a,b", "1,2", "", "", "\"3\",\"4\"", "5,", ",6", ""].joined(separator: end))
        let table = try tableRows(path, chunk: chunk)
        #expect(table.rows == [["1", "2"], ["3", "4"], ["5", ""], ["", "6"]])
        #expect(table.lines == [2, 5, 6, 7])
        let objects = try folder.file("a.jsonl", ["", "{\"a\": 1}", "  ", "{\"a\": 2}"].joined(separator: end))
        let lines = try tableRows(objects, chunk: chunk)
        #expect(lines.rows == [["1"], ["2"]])
        #expect(lines.lines == [2, 4])
    }

    @Test("the last field may be empty at the end of the file", arguments: ["a,b\n1,", "a,b\n1,\"\"", "a,b\n1,\n"])
    func lastField(text: String) throws {
        #expect(try tableRows(folder.file("a.csv", text)).rows == [["1", ""]])
    }

    @Test("columns without a header are numbers")
    func noHeader() throws {
        let path = try folder.file("a.tsv", "what a day\t27\tedgu\nyes\t4\tee84\n")
        let table = try tableRows(path, header: false)
        #expect(table.columns == ["1", "2", "3"])
        #expect(table.rows == [["what a day", "27", "edgu"], ["yes", "4", "ee84"]])
        #expect(table.lines == [1, 2])
        let data = try LabelledDataset.load(path, header: false, columns: Columns(text: "1", label: "2"))
        #expect(data.labels == ["4", "27"])
        #expect(data.examples.map(\.input) == [.text("what a day"), .text("yes")])
        let error = try datasetError { try LabelledDataset.load(path, header: false) }
        #expect(error.hint == "name it: --text 1")
    }

    @Test("names in the header are trimmed, and may not be used if there twice")
    func header() throws {
        let path = try folder.file("a.csv", "\"text\" , label ,label,,\nx,1,2,,\n".replacing("\"text\" ", with: " text "))
        let table = try TableReader(path)
        #expect(table.columns == ["text", "label", "label", "", ""])
        #expect(try table.position(of: "text") == 0)
        #expect(try datasetError { try LabelledDataset.load(path) } == .repeatedColumn(path: path, name: "label"))
    }

    @Test("JSON Lines: kinds of values")
    func kinds() throws {
        let path = try folder.file(
            "a.jsonl",
            "{\"s\": \"é\\n\", \"i\": -3, \"d\": 0.5, \"b\": true, \"n\": null, \"a\": [1], \"o\": {}}\n{\"o\": 1, \"extra\": 2, \"s\": \"x\"}\n"
        )
        let table = try TableReader(path)
        #expect(table.columns == ["s", "i", "d", "b", "n", "a", "o", "extra"])
        let first = try #require(try table.next())
        #expect(
            first.cells == [
                .text("é\n"), .integer(-3), .number(0.5), .bool(true), .missing, .unsupported("an array"), .unsupported("an object"),
                .missing,
            ])
        #expect(first.cells.map(\.text) == ["é\n", "-3", "0.5", "true", nil, nil, nil, nil])
        let second = try #require(try table.next())
        #expect(second.cells == [.text("x"), .missing, .missing, .missing, .missing, .missing, .integer(1), .integer(2)])
        #expect(second.line == 2)
        #expect(try table.next() == nil)
        #expect(
            try datasetError { try LabelledDataset.load(path, columns: Columns(text: "a", label: "s")) }
                == .notAValue(path: path, line: 1, column: "a", found: "an array"))
        #expect(
            try datasetError { try LabelledDataset.load(path, columns: Columns(text: "n", label: "s")) }
                == .missingValue(path: path, line: 1, column: "n"))
    }

    @Test("JSON Lines: what is no object is told with its line")
    func notObjects() throws {
        let good = "{\"text\": \"x\"}\n"
        for (text, line, code) in [
            (good + "{\"text\": \"x\"\n", 2, "data.malformed_json"), ("{\n\"text\": \"x\"\n}\n", 1, "data.malformed_json"),
            (good + good + "[1]\n", 3, "data.not_an_object"), ("[\n" + good + "]\n", 1, "data.not_an_object"),
            (good + "null", 2, "data.not_an_object"),
            (good + "{\"text\": 1, \"text\": 2}\n", 2, "data.malformed_json"), (good + "{} {}\n", 2, "data.malformed_json"),
        ] {
            let path = try folder.file("a.jsonl", text)
            let error = try datasetError { try tableRows(path) }
            #expect(error.code == code, "\(text)")
            #expect(error.place == Place(file: path, line: line), "\(text)")
        }
        let array = try datasetError { try tableRows(folder.file("a.jsonl", "[{\"text\": 1}]")) }
        #expect(array.hint?.contains("jq -c") == true)
    }

    /// Writes rows as RFC 4180 asks, with quotes where needed and at random elsewhere.
    private func csv(_ rows: [[String]], end: String, _ random: inout SplitMix64) -> [UInt8] {
        var bytes: [UInt8] = []
        for row in rows {
            for (column, field) in row.enumerated() {
                if column > 0 { bytes.append(UInt8(ascii: ",")) }
                // Bytes, since a quote with an accent after it is one character.
                if field.isEmpty || field.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) || random.index(below: 3) == 0 {
                    bytes.append(UInt8(ascii: "\""))
                    for byte in field.utf8 { bytes += byte == UInt8(ascii: "\"") ? [byte, byte] : [byte] }
                    bytes.append(UInt8(ascii: "\""))
                } else {
                    bytes += field.utf8
                }
            }
            bytes += end.utf8
        }
        return bytes
    }

    @Test("random tables written as CSV are read back, at any chunk size", arguments: 0..<60)
    func randomTables(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let pieces = ["a", "bc", " ", ",", "\"", "\"\"", "\n", "\r", "\r\n", "\t", "é", "🐘", "ﬁ", "\u{301}", ";", "'", "x,y"]
        let width = 1 + random.index(below: 5)
        let table = (0...random.index(below: 30)).map { _ in
            (0..<width).map { _ in (0..<random.index(below: 6)).map { _ in pieces[random.index(below: pieces.count)] }.joined() }
        }
        let end = ["\n", "\r\n", "\r"][random.index(below: 3)]
        var text = csv(table, end: end, &random)
        if random.index(below: 2) == 0 { text = [0xEF, 0xBB, 0xBF] + text }
        if random.index(below: 2) == 0 { text.removeLast(end.utf8.count) }
        let path = try folder.file("a.csv", text)
        for chunk in [1 << 18, 4, 5 + random.index(below: 60)] {
            let read = try tableRows(path, header: false, chunk: chunk)
            #expect(read.rows.map { $0.map { Array(($0 ?? "nil").utf8) } } == table.map { $0.map { Array($0.utf8) } }, "chunk \(chunk)")
        }
    }

    @Test("every cut and every changed byte of a table gives rows or an error")
    func damage() throws {
        let bytes = Array("\u{FEFF}text,label\r\n\"a \"\"b\"\"\r\nc\",é\r\nplain,y\r\n".utf8)
        for count in bytes.indices { _ = try? tableRows(folder.file("cut.csv", bytes[..<count]), chunk: 4) }
        var errors = 0
        for index in bytes.indices {
            for value in [0, 0x0A, 0x0D, 0x22, 0x2C, 0x61, 0x80, 0xC3, 0xFF] as [UInt8] {
                var changed = bytes
                changed[index] = value
                let path = try folder.file("changed.csv", changed)
                do {
                    _ = try tableRows(path, chunk: 4)
                } catch let error as DatasetError {
                    errors += 1
                    #expect(error.place?.file == path && !error.message.isEmpty)
                }
            }
        }
        #expect(errors > 50)
    }

    @Test("progress goes up to the size of the file")
    func progress() throws {
        let path = try folder.file("a.csv", "text,label\n" + String(repeating: "some words here,x\n", count: 50_000))
        var seen: [Int] = []
        let data = try LabelledDataset.load(path) { done, total in
            #expect(total == 900_011)
            seen.append(done)
        }
        #expect(data.examples.count == 50_000)
        #expect(seen.count == 4 && seen.last == 900_011)
        #expect(seen == seen.sorted())
        #expect(data.examples.last?.line == 50_001)
    }
}
