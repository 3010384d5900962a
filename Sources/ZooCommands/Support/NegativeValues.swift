import ArgumentParser

/// Negative numbers as values of options: the parser takes everything with a dash for another option.
enum NegativeValues {
    /// Arguments with `--name -1` written as `--name=-1`, where the parser misses a value otherwise, so that the number reaches the check that
    /// tells what is wrong with it.
    static func joined(_ arguments: [String]) -> [String] {
        var arguments = arguments
        // Each turn joins two of them.
        while let option = optionWithoutValue(arguments),
            let place = arguments.indices.dropLast().first(where: { arguments[$0] == option && isNegativeNumber(arguments[$0 + 1]) })
        {
            arguments.replaceSubrange(place...place + 1, with: [option + "=" + arguments[place + 1]])
        }
        return arguments
    }

    /// The long option that the parser misses a value of.
    private static func optionWithoutValue(_ arguments: [String]) -> String? {
        guard arguments.dropFirst().contains(where: isNegativeNumber) else { return nil }
        do {
            _ = try Zoo.parseAsRoot(arguments)
            return nil
        } catch {
            let mark = "Missing value for '"
            let message = Zoo.message(for: error)
            guard message.hasPrefix(mark) else { return nil }
            let option = message.dropFirst(mark.count).prefix { $0 != " " && $0 != "'" }
            return option.hasPrefix("--") ? String(option) : nil
        }
    }

    private static func isNegativeNumber(_ argument: String) -> Bool {
        guard argument.hasPrefix("-"), let second = argument.dropFirst().first, second.isNumber || second == "." else { return false }
        return Double(argument) != nil
    }
}
