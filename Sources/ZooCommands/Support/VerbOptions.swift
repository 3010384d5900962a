import ArgumentParser
import ModelZoo
import ZooTensor

/// The options of one verb, to tell what is wrong with others.
struct VerbOptions {
    /// The names with their dashes, and whether a value follows.
    let takesValue: [String: Bool]
    /// The number of words before them: `data show` has two.
    let wordCount: Int

    /// The options of the verb that arguments begin with; nil if they begin with none.
    init?(_ arguments: [String]) {
        func command(_ word: String?, in parent: any ParsableCommand.Type) -> (any ParsableCommand.Type)? {
            parent.configuration.subcommands.first { $0._commandName == word || $0.configuration.aliases.contains { $0 == word } }
        }
        guard var verb = command(arguments.first, in: Zoo.self) else { return nil }
        var words = 1
        if let second = command(arguments.dropFirst().first, in: verb) { (verb, words) = (second, 2) }
        var takesValue: [String: Bool] = ["--help": false, "-h": false, "--version": false]
        let document = try? JSON.parse(Array(verb._dumpHelp().utf8))
        for argument in document?["command"]?["arguments"]?.array ?? [] {
            for name in argument["names"]?.array ?? [] {
                guard let text = name["name"]?.string else { continue }
                takesValue[(name["kind"]?.string == "long" ? "--" : "-") + text] = argument["kind"]?.string == "option"
            }
        }
        self.takesValue = takesValue
        wordCount = words
    }

    /// Arguments in which a negative number after an option belongs to it: the parser would take it for another option.
    static func joiningNegativeNumbers(_ arguments: [String]) -> [String] {
        func isNegative(_ text: String) -> Bool { text.utf8.first == UInt8(ascii: "-") && Double(text) != nil }
        guard arguments.contains(where: isNegative), let options = VerbOptions(arguments) else { return arguments }
        var result: [String] = []
        var isOver = false
        for word in arguments {
            isOver = isOver || word == "--"
            if !isOver, isNegative(word), let option = result.last, options.takesValue[option] == true {
                result[result.count - 1] = option + "=" + word
            } else {
                result.append(word)
            }
        }
        return result
    }

    /// The first word that looks like an option and is none, as an error that tells what was meant.
    func unknown(in arguments: [String]) -> CommandError? {
        var isValue = false
        for word in arguments.dropFirst(wordCount).prefix(while: { $0 != "--" }) {
            if isValue {
                isValue = false
                continue
            }
            guard word.utf8.first == UInt8(ascii: "-"), word.utf8.count > 1, Double(word) == nil else { continue }
            let name = String(word.prefix { $0 != "=" })
            if let takes = takesValue[name] {
                isValue = takes && name == word
                continue
            }
            // Several letters behind one dash, as -qy.
            if !name.hasPrefix("--"), name.dropFirst().allSatisfy({ takesValue["-\($0)"] != nil }) { continue }
            return .usage(message: "unknown option '\(plain(name))'", hint: hint(for: name))
        }
        return nil
    }

    private func hint(for name: String) -> String? {
        if let meant = ForeignOptions.meaning(of: name, among: takesValue.keys) { return meant }
        let long = takesValue.keys.filter { $0.hasPrefix("--") }
        return suggestion(for: name.replacing("_", with: "-"), among: long.sorted()).map { "did you mean \($0)?" }
    }
}
