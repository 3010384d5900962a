import ArgumentParser
import ModelZoo

/// How a table is written, as far as it is not found by looking.
struct DialectOptions: ParsableArguments {
    @Flag(name: .long, help: "The table has no header; its columns are 1, 2, …")
    var noHeader = false

    @Option(
        name: .long,
        help: ArgumentHelp("What stands between fields: tab, semicolon, … or a character; else it is found.", valueName: "character"),
        transform: { text in
            guard let delimiter = TableDialect.delimiter(named: text) else {
                throw ValidationError("expected tab, comma, semicolon, pipe, colon, space or one character that is no letter or digit")
            }
            return delimiter
        })
    var delimiter: UInt8?

    @Option(
        name: .long, help: "The encoding of texts: utf-8, utf-16, utf-16le, utf-16be, latin-1 or windows-1252; UTF-8 and UTF-16 are found.",
        transform: { text in
            guard let encoding = TextEncoding(name: text) else {
                throw ValidationError(
                    "expected \(TextEncoding.allCases.map(\.rawValue).joined(separator: ", ")); convert others first: "
                        + "iconv -f NAME -t UTF-8 FILE > NEW")
            }
            return encoding
        })
    var encoding: TextEncoding?

    /// What is known.
    var dialect: TableDialect { TableDialect(delimiter: delimiter, encoding: encoding) }
}
