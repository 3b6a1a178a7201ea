import IPv6

/// A mapping of the file while its keys are read, which knows what to say about those that are wrong.
struct Section {
    let file: String
    /// Keys on the way here.
    let path: String
    let mark: Mark
    let entries: [YAMLEntry]

    /// Any mapping, or the empty value for one without entries.
    init(_ node: YAMLNode, path: String, file: String) throws(ConfigurationError) {
        self.file = file
        self.path = path
        mark = node.mark
        if node.isNull {
            entries = []
        } else if case .mapping(let entries) = node.content {
            self.entries = entries
        } else {
            throw ConfigurationError(
                file: file, line: node.mark.line, column: node.mark.column, key: path,
                reason: "expected keys with values")
        }
    }

    /// Refuses keys that are not `known`; those of `later` with the reason that this version lacks the feature.
    func allow(_ known: [String], later: [String] = []) throws(ConfigurationError) {
        for entry in entries where !known.contains(entry.name) {
            if later.contains(entry.name) {
                throw error(entry.name, at: entry.mark, "not available in this version; leave it out")
            }
            throw error(entry.name, at: entry.mark, "unknown key; allowed are \(known.joined(separator: ", "))")
        }
    }

    func section(_ key: String) throws(ConfigurationError) -> Section? {
        guard let node = self[key] else { return nil }
        return try Section(node, path: name(of: key), file: file)
    }

    subscript(key: String) -> YAMLNode? { entries.first { $0.name == key }?.value }

    // MARK: errors

    func name(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    func error(_ key: String, at mark: Mark, _ reason: String) -> ConfigurationError {
        ConfigurationError(file: file, line: mark.line, column: mark.column, key: name(of: key), reason: reason)
    }

    /// An error at the value of a key that is there, or else at the section.
    func error(_ key: String, _ reason: String) -> ConfigurationError {
        error(key, at: self[key]?.mark ?? mark, reason)
    }

    // MARK: values

    /// Text with or without quotes, not empty.
    func text(_ key: String, _ allowed: String) throws(ConfigurationError) -> String? {
        guard let node = self[key] else { return nil }
        return try text(node, key, allowed)
    }

    private func text(_ node: YAMLNode, _ key: String, _ allowed: String) throws(ConfigurationError) -> String {
        guard case .scalar(let text, _) = node.content, !node.isNull, !text.isEmpty else {
            throw error(key, at: node.mark, "expected \(allowed)")
        }
        // It becomes a path, an argument or a name: none of them can hold a NUL.
        guard !text.utf8.contains(0) else { throw error(key, at: node.mark, "holds a NUL character") }
        return text
    }

    /// Text without quotes: numbers and truth values.
    private func plain(_ key: String, _ allowed: String) throws(ConfigurationError) -> String? {
        guard let node = self[key] else { return nil }
        guard case .scalar(let text, isPlain: true) = node.content, !node.isNull else {
            throw error(key, "expected \(allowed)")
        }
        return text
    }

    func flag(_ key: String) throws(ConfigurationError) -> Bool? {
        let allowed = "true or false"
        switch try plain(key, allowed) {
        case nil: return nil
        case "true": return true
        case "false": return false
        case let other?: throw error(key, "\(other) is not \(allowed)")
        }
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        let allowed = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let text = try plain(key, allowed) else { return nil }
        guard let number = DecimalNumber(text), number.isWhole, let value = number.whole, range.contains(value) else {
            throw error(key, "\(text) is not \(allowed)")
        }
        return value
    }

    /// Seconds, with a fraction if need be. Both bounds are allowed.
    func duration(_ key: String, in range: ClosedRange<Duration>) throws(ConfigurationError) -> Duration? {
        let allowed = "a number of seconds from \(range.lowerBound.text) to \(range.upperBound.text)"
        guard let text = try plain(key, allowed) else { return nil }
        guard let value = DecimalNumber(text)?.seconds, range.contains(value) else {
            throw error(key, "\(text) is not \(allowed)")
        }
        return value
    }

    /// One of the names of an enumeration.
    func choice<T: RawRepresentable & CaseIterable>(_ key: String, of type: T.Type) throws(ConfigurationError) -> T?
    where T.RawValue == String {
        let names = T.allCases.map(\.rawValue)
        let allowed = names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
        guard let text = try text(key, allowed) else { return nil }
        guard let value = T(rawValue: text) else { throw error(key, "\(text) is not \(allowed)") }
        return value
    }

    func address(_ key: String, _ allowed: String, where isAllowed: (IPv6Address) -> Bool) throws(ConfigurationError)
        -> IPv6Address?
    {
        guard let text = try text(key, allowed) else { return nil }
        guard let address = IPv6Address(text), isAllowed(address) else { throw error(key, "\(text) is not \(allowed)") }
        return address
    }

    /// A list of what `parse` makes of each text; an empty one where it has no elements. `allowed` says what one element
    /// may be, `plural` the same of several.
    func list<T>(
        _ key: String, _ allowed: String, plural: String? = nil, _ parse: (String) -> T?
    ) throws(ConfigurationError) -> [T]? {
        guard let node = self[key] else { return nil }
        guard case .list(let elements) = node.content else {
            throw error(key, "expected a list of \(plural ?? allowed)")
        }
        var values: [T] = []
        for element in elements {
            let text = try text(element, key, allowed)
            guard let value = parse(text) else { throw error(key, at: element.mark, "\(text) is not \(allowed)") }
            values.append(value)
        }
        return values
    }

    /// A list of texts with at least one element, none of them null, the first one not empty.
    func arguments(_ key: String) throws(ConfigurationError) -> [String]? {
        let allowed = "a list of the program and its arguments, such as [/usr/bin/program, argument]"
        guard let node = self[key] else { return nil }
        guard case .list(let elements) = node.content, !elements.isEmpty else {
            throw error(key, "expected \(allowed)")
        }
        var arguments: [String] = []
        for element in elements {
            if case .scalar("", isPlain: false) = element.content, !arguments.isEmpty {
                arguments.append("")
            } else {
                arguments.append(try text(element, key, allowed))
            }
        }
        return arguments
    }
}
