import ArgumentParser

/// What the argument parser leaves to do: options that every verb has may stand before it, `show` before a verb is ignored,
/// and a verb may be shortened for as long as it is the only one that begins so.
enum ArgumentOrder {
    private static let verbsOfTwoWords = ["clear": ["groups"], "help": verbs]
    private static let verbs = LCRoute.configuration.subcommands.map { $0._commandName } + ["help"]

    /// The arguments as the parser takes them: the verb in full, global options behind it.
    static func normalized(_ arguments: [String]) throws(ValidationError) -> [String] {
        var rest = arguments[...]
        var globals: [String] = []
        func removeGlobals() -> Bool {
            while let argument = rest.first, argument.hasPrefix("-"), argument.count > 1 {
                guard isGlobal(argument) else { return false }
                globals.append(rest.removeFirst())
                if ["-s", "--socket"].contains(argument), let value = rest.popFirst() { globals.append(value) }
            }
            return true
        }
        guard removeGlobals() else { return arguments }
        if rest.first == "show", rest.count > 1 {
            rest.removeFirst()
            guard removeGlobals() else { return globals + rest }
        }
        guard let word = rest.popFirst() else { return arguments }
        if word == "show" && rest.isEmpty { throw ValidationError("name what to show, such as: lcroute show groups") }
        let verb = try full(word, of: verbs)
        var result = [verb]
        if let words = verbsOfTwoWords[verb], let second = rest.first {
            result.append(try full(second, of: words))
            rest.removeFirst()
        }
        return result + globals + rest
    }

    /// The one word that is meant; what is none of them is left to the parser.
    private static func full(_ word: String, of words: [String]) throws(ValidationError) -> String {
        guard !word.isEmpty, !words.contains(word) else { return word }
        let candidates = words.filter { $0.hasPrefix(word) }
        guard candidates.count <= 1 else {
            throw ValidationError("\(word) is short for \(candidates.joined(separator: " and for ")); write more of it")
        }
        return candidates.first ?? word
    }

    private static func isGlobal(_ argument: String) -> Bool {
        argument == "--json" || argument.hasPrefix("-s") || argument == "--socket" || argument.hasPrefix("--socket=")
    }
}
