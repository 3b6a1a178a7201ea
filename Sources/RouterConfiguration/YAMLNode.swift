/// A place in a file, from 1.
struct Mark: Equatable {
    var line: Int
    var column: Int
}

/// A YAML value with its place.
struct YAMLNode {
    indirect enum Content {
        /// `isPlain`: without quotes, so that it may be a number, a truth value or nothing.
        case scalar(String, isPlain: Bool)
        case list([YAMLNode])
        case mapping([YAMLEntry])
        /// Something that is not supported and has been refused.
        case refused
    }

    var content: Content
    var mark: Mark

    var isRefused: Bool {
        if case .refused = content { true } else { false }
    }

    /// Whether it is the empty value: `key:` with nothing behind it, `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null"].contains(text)
    }
}

/// A key with its value; no mapping has two of one name: the second has been refused.
struct YAMLEntry {
    var name: String
    var mark: Mark
    var value: YAMLNode
}
