import ModelZoo
import ZooTensor

/// Inputs of a model one after the other, from arguments, lines or a table.
struct InputSource {
    /// The next input; nil after the last one.
    let next: () throws -> Input?

    /// Chooses by what the user gave: arguments, a file, or `-` for the standard input, which is taken too when nothing is given.
    ///
    /// Tables (.csv, .tsv, .jsonl) give the inputs of their column; any other file is read as one text, or one path of an image, a line.
    static func open(
        _ kind: InputKind, arguments texts: [String], file: String?, columns: Columns, header: Bool, skipsMissing: Bool = false,
        _ session: Session
    ) throws -> InputSource {
        switch kind {
        case .text: return try openTexts(texts, file: file, columns: columns, header: header, session)
        case .image:
            if let file, file != "-", texts.isEmpty, (try? TableFormat(path: file)) != nil {
                let parts = try DatasetReader.parts(
                    file, kind: kind, columns: columns, header: header, requiresLabels: false, skipsMissing: skipsMissing)
                for warning in parts.training.warnings { session.note(warning) }
                return list(parts.training.examples.map(\.input))
            }
            if file == nil && !texts.isEmpty && texts != ["-"] {
                return list(try texts.flatMap { try DatasetReader.images(in: $0).map { .image($0) } })
            }
            let paths = try openTexts(texts, file: file, columns: columns, header: header, session)
            return InputSource { try paths.next().map { .file($0.parts[0]) } }
        }
    }

    private static func openTexts(
        _ texts: [String], file: String?, columns: Columns, header: Bool, _ session: Session
    ) throws -> InputSource {
        if let file, file != "-" {
            guard texts.isEmpty else { throw CommandError.usage(message: "texts are given both as arguments and with --file", hint: nil) }
            if (try? TableFormat(path: file)) != nil { return try table(file, columns, header: header) }
            return try lines(of: OpenFile(file))
        }
        if file == nil && !texts.isEmpty && texts != ["-"] { return list(texts.map { .text($0) }) }
        guard texts.isEmpty || texts == ["-"] else {
            throw CommandError.usage(message: "texts are given both as arguments and on the standard input", hint: nil)
        }
        if texts.isEmpty && file == nil && session.input.isTerminal {
            throw CommandError.usage(
                message: "expected an input, found none", hint: "give inputs as arguments, a file with --file, or - for the standard input")
        }
        let input = session.input
        return lines("the standard input") { try input.read() }
    }

    /// The next inputs, at most `count`; none at the end.
    func chunk(_ count: Int) throws -> [Input] {
        var inputs: [Input] = []
        while inputs.count < count, let input = try next() { inputs.append(input) }
        return inputs
    }

    private static func list(_ inputs: [Input]) -> InputSource {
        var rest = inputs[...]
        return InputSource { rest.popFirst() }
    }

    private static func table(_ path: String, _ columns: Columns, header: Bool) throws -> InputSource {
        let table = try TableReader(path, header: header)
        let resolved = try columns.resolve(in: table, requiresLabel: false)
        func text(_ row: TableReader.Row, _ position: Int) throws -> String {
            if let text = row.cells[position].text { return text }
            throw DatasetError.missingValue(path: path, line: row.line, column: table.columns[position])
        }
        return InputSource {
            guard let row = try table.next() else { return nil }
            let first = try text(row, resolved.textPosition)
            guard let position = resolved.textPairPosition else { return .text(first) }
            return .textPair(first, try text(row, position))
        }
    }

    private static func lines(of file: OpenFile) -> InputSource {
        var offset = 0
        return lines(file.path) {
            let bytes = try file.read(at: offset, count: min(1 << 18, file.byteCount - offset))
            offset += bytes.count
            return bytes
        }
    }

    /// One text a line; a byte order mark and CR before LF do not belong to it.
    private static func lines(_ path: String, limit: Int = TableLimits().fieldByteCount, _ read: @escaping () throws -> [UInt8])
        -> InputSource
    {
        var buffer: [UInt8] = []
        var start = 0
        var line = 0
        var isAtEnd = false
        func text(_ bytes: ArraySlice<UInt8>) throws -> Input {
            line += 1
            var bytes = bytes
            if line == 1 && bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
            if bytes.last == 0x0D { bytes = bytes.dropLast() }
            if bytes.contains(0) { throw DatasetError.nul(path: path, line: line) }
            do throws(UTF8.ValidationError) {
                return .text(String(copying: try UTF8Span(validating: bytes.span)))
            } catch {
                let byte = bytes.dropFirst(error.byteOffsets.lowerBound).first ?? 0
                throw DatasetError.invalidUTF8(path: path, line: line, byte: byte)
            }
        }
        return InputSource {
            var scanned = start
            while true {
                if let end = buffer[scanned...].firstIndex(of: 0x0A) {
                    let slice = buffer[start..<end]
                    start = end + 1
                    return try text(slice)
                }
                if isAtEnd {
                    guard start < buffer.count else { return nil }
                    let slice = buffer[start...]
                    start = buffer.count
                    return try text(slice)
                }
                guard buffer.count - start <= limit else {
                    throw DatasetError.fieldTooLarge(path: path, line: line + 1, limit: limit, inQuotes: false)
                }
                buffer.removeFirst(start)
                start = 0
                scanned = buffer.count
                let bytes = try read()
                isAtEnd = bytes.isEmpty
                buffer += bytes
            }
        }
    }
}
