import ZooTensor

/// Recognises documents of JSON that hold data in another shape than rows.
enum JSONShape {
    /// Looks at a document that is one object and all of a file.
    ///
    /// - Throws: `DatasetError.otherTask` for question answering as SQuAD has it, `.rowsWithin` for rows under a key, `.columnsOfJSON` for a
    ///   table whose keys are its columns.
    static func check(_ document: JSON, path: String, format: TableFormat) throws(DatasetError) {
        guard let object = document.object else { return }
        if let articles = object["data"]?.array, articles.first?["paragraphs"] != nil {
            throw .otherTask(
                path: path, line: 0, column: "", task: .questionAnswering,
                found: "the file is of SQuAD's form (data, paragraphs, qas)", remedy: OtherTask.questionAnswering.remedy)
        }
        for (key, value) in object.members.map({ ($0.key, $0.value) }) {
            // Rows of text are not rows within a value: an object with answers, say, is one.
            if let rows = value.array, rows.count > 1, rows.allSatisfy({ $0.object != nil }), object.count <= 8, !hasText(object) {
                throw .rowsWithin(path: path, key: key)
            }
        }
        guard object.count > 1, format == .json else { return }
        let lengths = object.members.map { $0.value.array?.count ?? $0.value.object?.count ?? -1 }
        if let length = lengths.first, length > 1, lengths.allSatisfy({ $0 == length }) {
            throw .columnsOfJSON(path: path, columns: object.keys)
        }
    }

    private static func hasText(_ object: JSONObject) -> Bool {
        object.members.contains { member in
            member.value.string != nil && Columns.textNames.contains(member.key.lowercased())
        }
    }
}
