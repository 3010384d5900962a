import ZooTensor

/// A number of files and the names of the first few.
struct NameTally {
    private(set) var count = 0
    private(set) var names: [String] = []

    static let shown = 5

    mutating func add(_ name: some StringProtocol) {
        count += 1
        if names.count < Self.shown { names.append(String(name)) }
    }

    /// `1 file is empty: "a.jpg"`, `7 files are empty: "a.jpg", "b.jpg", … and 2 more`.
    func described(_ one: String, _ many: String) -> String {
        "\(counted(count, one, many)): \(listed(names))\(count > names.count ? " and \(count - names.count) more" : "")"
    }
}
