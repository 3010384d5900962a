import ModelZoo
import ZooTensor

/// Inputs of a model one after the other, from arguments, lines or a table.
struct InputSource {
    /// The columns of the table that the inputs stand in; nil if they stand in none.
    var columns: [String]?
    /// What the user should know before the first input, in sentences.
    var notes: [String] = []
    /// The next input; nil after the last one.
    let next: () throws -> SourcedInput?

    init(next: @escaping () throws -> SourcedInput?) { self.next = next }

    /// The next inputs, at most `count`; none at the end.
    func chunk(_ count: Int) throws -> [SourcedInput] {
        var inputs: [SourcedInput] = []
        while inputs.count < count, let input = try next() { inputs.append(input) }
        return inputs
    }

    /// Inputs as a person types them: texts, texts with a second one each, or paths of images.
    static func arguments(_ kind: InputKind, _ arguments: [String], pairs: [String]) throws -> InputSource {
        switch kind {
        case .image:
            guard pairs.isEmpty else {
                throw CommandError.usage(message: "--text-pair is for texts, but the model reads images", hint: "leave it out")
            }
            return try images(at: arguments)
        case .text:
            if pairs.isEmpty { return list(arguments.map { SourcedInput(.text($0)) }) }
            guard pairs.count == arguments.count else {
                throw CommandError.usage(
                    message: "expected a second text for each text, found \(counted(arguments.count, "text")) and \(pairs.count) of "
                        + "--text-pair",
                    hint: "give --text-pair once for each text, in the same order")
            }
            return list(zip(arguments, pairs).map { SourcedInput(.textPair($0, $1)) })
        }
    }

    /// The inputs at a path, whatever it is: a folder of images, a table, or lines.
    static func data(_ path: String, _ kind: InputKind, _ columns: Columns) throws -> InputSource {
        if case .directory? = fileKind(path), kind == .image { return try images(at: [path]) }
        if TableFormat.isTable(path) || columns != Columns() {
            return try table(path, kind, columns, header: true, dialect: TableDialect())
        }
        return try lines(of: TextStream(path), kind)
    }

    /// The images at some paths, of files, folders and archives.
    static func images(at paths: [String]) throws -> InputSource {
        var inputs: [SourcedInput] = []
        var notes: [String] = []
        for path in paths {
            let (images, warnings) = try DatasetReader.imagesAndWarnings(in: path)
            inputs += images.map { SourcedInput(.image($0)) }
            notes += paths.count > 1 ? warnings.map { "\(plain(path)): \($0)" } : warnings
        }
        var source = list(inputs)
        source.notes = notes
        return source
    }

    /// The rows of a table.
    static func table(
        _ path: String, _ kind: InputKind, _ columns: Columns, header: Bool, dialect: TableDialect, skipsMissing: Bool = false
    ) throws -> InputSource {
        let table = try TableReader(path, header: header, dialect: dialect)
        if kind == .image { return try images(in: table, columns, header: header, dialect: dialect, skipsMissing: skipsMissing) }
        let resolved = try columns.resolve(in: table, requiresLabel: false)
        func text(_ row: TableReader.Row, _ position: Int) throws -> String {
            if let text = row.cells[position].text { return text }
            if case .unsupported(let found) = row.cells[position] {
                throw DatasetError.notAValue(path: path, line: row.line, column: table.columns[position], found: found)
            }
            throw DatasetError.missingValue(path: path, line: row.line, column: table.columns[position])
        }
        var source = InputSource {
            guard let row = try table.next() else { return nil }
            let first = try text(row, resolved.textPosition)
            guard let position = resolved.textPairPosition else { return SourcedInput(.text(first), row: row) }
            return SourcedInput(.textPair(first, try text(row, position)), row: row)
        }
        source.columns = table.columns
        source.notes = table.notes + resolved.notes
        return source
    }

    /// The images that a table lists, each with its row.
    private static func images(
        in table: TableReader, _ columns: Columns, header: Bool, dialect: TableDialect, skipsMissing: Bool
    ) throws -> InputSource {
        let data = try DatasetReader.parts(
            table.path, kind: .image, columns: columns, header: header, dialect: dialect, requiresLabels: false,
            skipsMissing: skipsMissing
        ).training
        var rest = data.examples[...]
        var source = InputSource {
            guard let example = rest.popFirst() else { return nil }
            while let row = try table.next() {
                if row.line == example.line { return SourcedInput(example.input, row: row) }
            }
            return SourcedInput(example.input)
        }
        source.columns = table.columns
        source.notes = data.warnings
        return source
    }

    private static func list(_ inputs: [SourcedInput]) -> InputSource {
        var rest = inputs[...]
        return InputSource { rest.popFirst() }
    }

    /// One text, or one path of an image, a line; CR before LF does not belong to it.
    static func lines(of stream: TextStream, _ kind: InputKind, limit: Int = TableLimits().fieldByteCount) -> InputSource {
        var buffer: [UInt8] = []
        var start = 0
        var line = 0
        var isAtEnd = false
        func input(_ bytes: ArraySlice<UInt8>) throws -> SourcedInput {
            line += 1
            var bytes = bytes
            if bytes.last == 0x0D { bytes = bytes.dropLast() }
            if bytes.contains(0) { throw DatasetError.nul(path: stream.path, line: line) }
            do throws(UTF8.ValidationError) {
                let text = String(copying: try UTF8Span(validating: bytes.span))
                return SourcedInput(kind == .image ? .file(text) : .text(text))
            } catch {
                let byte = bytes.dropFirst(error.byteOffsets.lowerBound).first ?? 0
                throw DatasetError.invalidUTF8(path: stream.path, line: line, byte: byte)
            }
        }
        var source = InputSource {
            var scanned = start
            while true {
                if let end = buffer[scanned...].firstIndex(of: 0x0A) {
                    let slice = buffer[start..<end]
                    start = end + 1
                    return try input(slice)
                }
                if isAtEnd {
                    guard start < buffer.count else { return nil }
                    let slice = buffer[start...]
                    start = buffer.count
                    return try input(slice)
                }
                guard buffer.count - start <= limit else {
                    throw DatasetError.fieldTooLarge(path: stream.path, line: line + 1, limit: limit, inQuotes: false)
                }
                buffer.removeFirst(start)
                start = 0
                scanned = buffer.count
                let bytes = try stream.read()
                isAtEnd = bytes.isEmpty
                buffer += bytes
            }
        }
        source.notes = stream.notes
        return source
    }
}
