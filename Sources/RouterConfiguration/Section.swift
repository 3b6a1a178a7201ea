import IPv6

/// A mapping of the file while its keys are read. What is wrong goes to the findings; a value that is wrong counts as not
/// given, so that the rest of the file is read as well.
struct Section {
    let findings: Findings
    /// Keys on the way here.
    let path: String
    let mark: Mark
    let entries: [YAMLEntry]

    /// Any mapping, or the empty value for one without entries.
    init(_ node: YAMLNode, path: String, _ findings: Findings) {
        self.findings = findings
        self.path = path
        mark = node.mark
        if case .mapping(let entries) = node.content {
            self.entries = entries
        } else {
            entries = []
            if !node.isNull && !node.isRefused { findings.refuse(path, at: mark, "expected keys with values") }
        }
    }

    /// Refuses keys that are not `known`; those of `later` with the reason that this version lacks the feature.
    func allow(_ known: [String], later: [String] = []) {
        for entry in entries where !known.contains(entry.name) {
            let isLater = later.contains(entry.name)
            refuse(
                entry.name, at: entry.mark,
                isLater
                    ? "not available in this version; leave it out"
                    : "unknown key; allowed are \(known.joined(separator: ", "))")
        }
    }

    func section(_ key: String) -> Section? { self[key].map { Section($0, path: name(of: key), findings) } }

    /// The value of a key that is there and has one that can be read.
    subscript(key: String) -> YAMLNode? { entries.first { $0.name == key && !$0.value.isRefused }?.value }

    /// Whether the key is there, with whatever value.
    func has(_ key: String) -> Bool { entries.contains { $0.name == key } }

    // MARK: findings

    func name(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    func refuse(_ key: String, at mark: Mark, _ reason: String) { findings.refuse(name(of: key), at: mark, reason) }

    /// At the value of a key that is there, or else at the section.
    func refuse(_ key: String, _ reason: String) { refuse(key, at: self[key]?.mark ?? mark, reason) }

    // MARK: values

    /// Text with or without quotes, not empty.
    func text(_ key: String, _ allowed: String) -> String? { self[key].flatMap { text($0, key, allowed) } }

    private func text(_ node: YAMLNode, _ key: String, _ allowed: String) -> String? {
        guard !node.isRefused else { return nil }
        guard case .scalar(let text, _) = node.content, !node.isNull, !text.isEmpty else {
            refuse(key, at: node.mark, "expected \(allowed)")
            return nil
        }
        // It becomes a path, an argument or a name: none of them can hold a NUL.
        guard !text.utf8.contains(0) else {
            refuse(key, at: node.mark, "holds a NUL character")
            return nil
        }
        return text
    }

    /// What `parse` makes of a text.
    func value<T>(_ key: String, _ allowed: String, _ parse: (String) -> T?) -> T? {
        text(key, allowed).flatMap { parsed($0, key, allowed, parse) }
    }

    /// What `parse` makes of text without quotes: numbers and truth values.
    private func plain<T>(_ key: String, _ allowed: String, _ parse: (String) -> T?) -> T? {
        guard let node = self[key] else { return nil }
        guard case .scalar(let text, isPlain: true) = node.content, !node.isNull else {
            refuse(key, "expected \(allowed)")
            return nil
        }
        return parsed(text, key, allowed, parse)
    }

    private func parsed<T>(_ text: String, _ key: String, _ allowed: String, _ parse: (String) -> T?) -> T? {
        let value = parse(text)
        if value == nil { refuse(key, "\(text) is not \(allowed)") }
        return value
    }

    func flag(_ key: String) -> Bool? {
        plain(key, "true or false") { ["true": true, "false": false][$0] }
    }

    func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        plain(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            guard let number = DecimalNumber(text), number.isWhole else { return nil }
            return number.whole.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// Seconds, with a fraction if need be. Both bounds are allowed.
    func duration(_ key: String, in range: ClosedRange<Duration>) -> Duration? {
        plain(key, "a number of seconds from \(range.lowerBound.text) to \(range.upperBound.text)") { text in
            DecimalNumber(text)?.seconds.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// One of the names of an enumeration.
    func choice<T: RawRepresentable & CaseIterable>(_ key: String, of type: T.Type) -> T? where T.RawValue == String {
        let names = T.allCases.map(\.rawValue)
        let allowed = names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
        return value(key, allowed) { T(rawValue: $0) }
    }

    func address(_ key: String, _ allowed: String, where isAllowed: (IPv6Address) -> Bool) -> IPv6Address? {
        value(key, allowed) { text in IPv6Address(text).flatMap { isAllowed($0) ? $0 : nil } }
    }

    /// A list of what `parse` makes of each text; an empty one where it has no elements.
    ///
    /// - Parameters:
    ///   - elements: what the list is of, in the plural, with an example of the whole list.
    ///   - allowed: what one element is.
    func list<T>(_ key: String, of elements: String, each allowed: String, _ parse: (String) -> T?) -> [T]? {
        guard let node = self[key] else { return nil }
        guard case .list(let nodes) = node.content else {
            refuse(key, "expected a list of \(elements)")
            return nil
        }
        return nodes.compactMap { element in
            guard let text = text(element, key, allowed) else { return nil }
            let value = parse(text)
            if value == nil { refuse(key, at: element.mark, "\(text) is not \(allowed)") }
            return value
        }
    }

    /// A list of texts with at least one element, none of them null, the first one not empty.
    func arguments(_ key: String) -> [String]? {
        let allowed = "a list of the program and its arguments, such as [/usr/bin/program, argument]"
        guard let node = self[key] else { return nil }
        guard case .list(let elements) = node.content, !elements.isEmpty else {
            refuse(key, "expected \(allowed)")
            return nil
        }
        let arguments = elements.enumerated().compactMap { index, element in
            if case .scalar("", isPlain: false) = element.content, index > 0 { return "" }
            return text(element, key, allowed)
        }
        return arguments.count == elements.count ? arguments : nil
    }
}
