import ZooTensor

/// What a target said to an input.
struct Outcome {
    /// `accepted`, or the code of the error; nil for a finding without one.
    private(set) var code: String?
    /// The error's message with its hint.
    private(set) var message: String?
    /// What is wrong: each is a bug.
    private(set) var findings: [String] = []

    /// Runs a target. Anything else than a value or a `ZooError` with a fit message is a finding.
    init(of target: any Target, _ source: inout Source) {
        do {
            try target.run(&source)
            code = "accepted"
        } catch let error as Finding {
            findings.append(error.description)
        } catch let error as any ZooError {
            code = error.code
            let text = "\(error) \(error.hint ?? "")"
            message = text
            if text.unicodeScalars.contains(where: { ($0.value < 0x20 && $0 != "\n") || $0.value == 0x7f }) {
                findings.append("the message holds control characters: \(error.code) \(printable(text))")
            }
            if text.utf8.count > 16384 { findings.append("the message has \(text.utf8.count) bytes: \(error.code)") }
        } catch {
            findings.append("no ZooError: \(type(of: error)) \(error)")
        }
    }
}
