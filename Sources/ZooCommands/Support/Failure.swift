import ZooTensor

/// An error as people and programs see it.
struct Failure: Equatable {
    let code: String
    let exitCode: ExitCode
    let message: String
    /// The message with the place.
    let description: String
    var hint: String?
    let place: Place?

    init(_ error: any Error) {
        if let error = error as? any ZooError {
            code = error.code
            exitCode = error.exitCode
            message = error.message
            description = error.description
            hint = error.hint
            place = error.place
        } else {
            code = "internal"
            exitCode = .internalError
            message = printable(String(describing: error), limit: 1000)
            description = message
            hint = "this is a bug; please report it with the command that led to it"
            place = nil
        }
    }

    /// Two lines at most.
    func text(_ style: Style) -> String {
        style.red("error:") + " " + description + "\n" + (hint.map { style.dim("hint:") + " " + $0 + "\n" } ?? "")
    }

    /// One document.
    var json: JSON {
        var place = JSONObject()
        place["file"] = self.place?.file.map { .string($0) } ?? .null
        place["entry"] = self.place?.entry.map { .string($0) } ?? .null
        place["line"] = self.place?.line.map { .integer($0) } ?? .null
        return .object([
            "error": .object([
                "code": .string(code), "exit": .integer(Int(exitCode.rawValue)), "message": .string(message),
                "hint": hint.map { .string($0) } ?? .null, "where": self.place == nil ? .null : .object(place),
            ])
        ])
    }
}
