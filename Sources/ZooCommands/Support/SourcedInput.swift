import ModelZoo

/// An input with the row of the table that it stands in.
struct SourcedInput {
    let input: Input
    /// The row; nil for an input that stands in no table.
    let row: TableReader.Row?

    init(_ input: Input, row: TableReader.Row? = nil) {
        self.input = input
        self.row = row
    }
}
