import ZooTensor
import ZooTraining

/// Tells a person or a program, on the error output, how far a command is.
final class Progress {
    /// The form that it takes.
    enum Mode: String, CaseIterable {
        case auto, bar, plain, json, none
    }

    let mode: Mode
    private let output: CommandOutput
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant?
    private var isDrawn = false
    /// The cells of the line that was drawn last.
    private var drawn = 0
    private var start: (phase: String, time: ContinuousClock.Instant)?

    /// - Parameter mode: any but `auto`.
    init(_ mode: Mode, _ output: CommandOutput) {
        self.mode = mode
        self.output = output
    }

    /// Tells how much is done.
    ///
    /// - Parameters:
    ///   - phase: what is going on, in a word or two.
    ///   - details: more, for people.
    ///   - secondsLeft: an estimate; nil takes it from the rate so far.
    func update(_ phase: String, done: Int, total: Int, details: @autoclosure () -> String = "", secondsLeft: Double? = nil) {
        guard mode != .none, !output.isClosed else { return }
        let now = clock.now
        if start?.phase != phase {
            start = (phase, now)
            if mode == .plain { last = now }
        }
        let interval: Duration = mode == .plain ? .seconds(10) : mode == .json ? .seconds(1) : .milliseconds(100)
        if let last, now - last < interval, mode == .plain || done < total { return }
        last = now
        switch mode {
        case .bar:
            let passed = start.map { (now - $0.time).seconds } ?? 0
            let left = secondsLeft ?? (done > 0 && passed > 1 ? passed / Double(done) * Double(total - done) : nil)
            draw(line(phase, done, total, details(), left))
        case .plain: write(line(phase, done, total, details(), secondsLeft) + "\n")
        case .json:
            event(.object(["type": .string("progress"), "phase": .string(phase), "done": .integer(done), "total": .integer(total)]))
        case .auto, .none: break
        }
    }

    /// Hands an event to a program that listens.
    func event(_ event: JSON) {
        guard mode == .json, let members = event.object else { return }
        var object: JSONObject = ["schema": .string("zoo.event/1")]
        for (key, value) in members.pairs { object[key] = value }
        output.write(bytes: JSON.object(object).serialized() + [UInt8(ascii: "\n")])
        output.flush()
    }

    /// Takes the bar away, so that other text can be written.
    func clear() {
        guard isDrawn else { return }
        isDrawn = false
        output.write(rowStart(clearing: true))
        output.flush()
    }

    private func line(_ phase: String, _ done: Int, _ total: Int, _ details: String, _ left: Double?) -> String {
        let share = total > 0 ? min(1, Double(done) / Double(total)) : 0
        var text = percent(share)
        if !details.isEmpty { text += ", " + details }
        if let left, done < total { text += ", " + duration(left) + " left" }
        // A bar as wide as the line leaves room for; a narrow terminal gets none.
        let width = min(24, columns - cells(phase) - cells(text) - 4)
        if mode == .bar && width >= 5 {
            let full = Int(share * Double(width))
            text = "[" + String(repeating: "#", count: full) + String(repeating: ".", count: width - full) + "] " + text
        }
        return phase + " " + text
    }

    /// The greatest length of a line that is drawn: a longer one would go on in the next row, where it could not be drawn over.
    private var columns: Int { min((output.columns ?? 80) - 1, 110) }

    private func draw(_ line: String) {
        let beginning = rowStart(clearing: false)
        let text = fitting(line, cells: max(columns, 1))
        (isDrawn, drawn) = (true, cells(text))
        write(beginning + text + "\u{1B}[K")
    }

    /// Goes to where the line begins. On a terminal that has become narrower since, it has gone on in rows below: they are cleared.
    private func rowStart(clearing: Bool) -> String {
        let rows = drawn > 0 && isDrawn || clearing ? max(0, drawn - 1) / max(1, columns + 1) : 0
        return (rows > 0 ? "\u{1B}[\(rows)A\r\u{1B}[J" : "\r") + (clearing ? "\u{1B}[K" : "")
    }

    private func write(_ text: String) {
        output.write(text)
        output.flush()
    }
}
