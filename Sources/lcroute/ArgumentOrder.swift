/// The options that every verb has may stand before the verb as well.
enum ArgumentOrder {
    private static let verbsOfTwoWords = ["clear": ["groups"], "help": []]

    /// Moves global options from before the verb to behind it.
    static func globalsLast(_ arguments: [String]) -> [String] {
        var rest = arguments[...]
        var globals: [String] = []
        while let argument = rest.first, argument.hasPrefix("-"), argument.count > 1 {
            guard isGlobal(argument) else { return arguments }
            globals.append(rest.removeFirst())
            if ["-s", "--socket"].contains(argument), let value = rest.popFirst() { globals.append(value) }
        }
        guard let verb = rest.popFirst() else { return arguments }
        var result = [verb]
        if let second = rest.first, verbsOfTwoWords[verb]?.contains(second) == true {
            result.append(rest.removeFirst())
        }
        return result + globals + rest
    }

    private static func isGlobal(_ argument: String) -> Bool {
        argument == "--json" || argument.hasPrefix("-s") || argument == "--socket" || argument.hasPrefix("--socket=")
    }
}
