import ModelZoo
import ZooTensor

/// What the three kinds of tables have in common.
final class TableReading {
    private let folder: ScratchFolder
    private let mutator: Mutator
    private let format: TableFormat

    init(_ folder: ScratchFolder, _ format: TableFormat, _ seeds: [String], _ words: [String]) {
        self.folder = folder
        self.format = format
        mutator = Mutator(seeds: seeds.map { Array($0.utf8) }, words: words.map { Array($0.utf8) })
    }

    func run(_ source: inout Source) throws {
        let path = try folder.write("table." + format.rawValue, source.document(mutator))
        let header = !source.once(in: 4)
        let encodings: [TextEncoding] = [.utf16, .utf16BigEndian, .latin1, .windows1252]
        let dialect = TableDialect(
            delimiter: format == .json || format == .jsonl || !source.once(in: 8) ? nil : UInt8(ascii: ";"),
            encoding: source.once(in: 4) ? encodings[source.below(4)] : nil)
        let limits = source.once(in: 4) ? TableLimits(fieldByteCount: 40, rowByteCount: 100, columnCount: 4) : TableLimits()
        // The pieces that are read at a time must not matter.
        func rows(_ chunk: Int) throws -> [TableReader.Row] {
            let table = try TableReader(
                path, format: format, header: header, dialect: dialect, limits: limits, chunkByteCount: chunk)
            var rows: [TableReader.Row] = []
            while let row = try table.next() {
                try require(row.cells.count == table.columns.count && row.line >= 1, "a row of another length")
                rows.append(row)
            }
            return rows
        }
        func outcome(_ chunk: Int) throws -> (rows: [TableReader.Row]?, error: String) {
            do { return (try rows(chunk), "") } catch let error as any ZooError { return (nil, "\(error.code) \(error)") }
        }
        let whole = try outcome(1 << 18)
        let pieces = try outcome(4 + source.below(13))
        // How much of a text after a quote is quoted in the message depends on the pieces.
        let isSame = whole.rows == pieces.rows && (whole.error == pieces.error || whole.error.prefix(24) == pieces.error.prefix(24))
        try require(isSame, "reading in pieces gives something else: \(whole.error) / \(pieces.error)")

        let columns = source.once(in: 3) ? Columns(text: "text", label: source.once(in: 2) ? "label" : nil) : Columns()
        let labels = source.once(in: 4) ? ["yes", "no", "1"] : nil
        let data = try LabelledDataset.load(
            path, format: format, header: header, dialect: dialect, columns: columns, labels: labels, requiresLabels: !source.once(in: 4),
            limits: limits)
        try require(
            data.examples.allSatisfy { $0.label.map { data.labels.indices.contains($0) } ?? true }, "a label outside of the classes")
        _ = data.classCounts
    }
}

final class CSVTarget: Target {
    static let name = "csv"
    private let reading: TableReading

    init(_ folder: ScratchFolder) {
        reading = TableReading(
            folder, .csv,
            [
                "text,label\nhello,yes\n\"a, b\",no\n\"line\nbreak \"\"q\"\"\",yes\n",
                "\u{feff}id,sentence1,sentence2,label\r\n1,a,b,0\r\n2,c,\"d\",1\r\n",
                "text,category\rone,1\rtwo,1.0\r", "a\n\n\nb\n", "label,text\nx, y \n,\n",
            ], ["\"", "\"\"", ",", "\r", "text", "label", "\u{1f600}", "yes"])
    }

    func run(_ source: inout Source) throws { try reading.run(&source) }
}

final class TSVTarget: Target {
    static let name = "tsv"
    private let reading: TableReading

    init(_ folder: ScratchFolder) {
        reading = TableReading(
            folder, .tsv, ["text\tlabel\nhello \"w\"\tyes\nb\tno\n", "sentence\tlabel\r\n\"a\t1\r\nb\"\t0", "1\t2\n3\t4\n"],
            ["\t", "\r\n", "text", "label", "no"])
    }

    func run(_ source: inout Source) throws { try reading.run(&source) }
}

final class JSONLinesTarget: Target {
    static let name = "jsonl"
    private let reading: TableReading

    init(_ folder: ScratchFolder) {
        reading = TableReading(
            folder, .jsonl,
            [
                "{\"text\": \"hello\", \"label\": \"yes\"}\n{\"text\": \"b\\n\\u00e9\", \"label\": \"no\"}\n",
                "{\"text\":\"a\",\"label\":1}\r\n\r\n  \n{\"label\":1.0,\"text\":\"b\",\"x\":[1]}",
                "{\"premise\":\"a\",\"hypothesis\":\"b\",\"label\":true}\n{\"premise\":\"c\",\"hypothesis\":null,\"label\":false}\n",
            ], ["\\u0000", "null", "text", "label", "\n", "{}", "[]"])
    }

    func run(_ source: inout Source) throws { try reading.run(&source) }
}

final class JSONTableTarget: Target {
    static let name = "json"
    private let reading: TableReading

    init(_ folder: ScratchFolder) {
        reading = TableReading(
            folder, .json,
            [
                "[{\"text\": \"hello\", \"label\": \"yes\"},\n {\"label\": \"no\", \"text\": \"b\\n\\u00e9\"}]\n",
                "{\"text\":\"a\",\"label\":[\"x\"]}\n{\"text\":\"b\",\n\"label\":1}", "{\"data\":[{\"paragraphs\":[]}]}",
                "{\"text\":{\"0\":\"a\",\"1\":\"b\"},\"label\":{\"0\":1,\"1\":0}}",
            ], ["\\u0000", "null", "text", "label", "[", "]", "{", "}", ",", "\"", "\\"])
    }

    func run(_ source: inout Source) throws { try reading.run(&source) }
}

final class TextTableTarget: Target {
    static let name = "txt"
    private let reading: TableReading

    init(_ folder: ScratchFolder) {
        reading = TableReading(
            folder, .txt, ["one two;yes\nthree;no\n", "text\tlabel\r\n\"a\tb\"\t1\r\nc\t0", "ham|\"x\"\nspam|y\n", "\u{feff}a,1\nb,0\n"],
            [";", "\t", "|", "\"", "\"\"", "\r\n", "text", "label"])
    }

    func run(_ source: inout Source) throws { try reading.run(&source) }
}
