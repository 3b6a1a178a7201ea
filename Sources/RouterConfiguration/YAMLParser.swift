import CLibYAML

/// Builds a tree from libyaml's events, which carry the place of everything. Only what a configuration needs is taken:
/// one document, no anchors, aliases or tags, keys that are plain text and different, bounded nesting. Reading goes on after
/// anchors, aliases, tags and keys that are given twice, which are refused one by one.
struct YAMLParser: ~Copyable {
    private static let maximumDepth = 16

    private let findings: Findings
    private let octets: [UInt8]
    // libyaml keeps pointers to its own parser and into the text, so both stay where they are until the end.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>

    /// The value of the only document; an empty scalar for a file without one.
    static func parse(_ octets: [UInt8], _ findings: Findings) throws(ConfigurationError) -> YAMLNode {
        let parser = try YAMLParser(octets, findings)
        return try parser.document()
    }

    private init(_ octets: [UInt8], _ findings: Findings) throws(ConfigurationError) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw ConfigurationError(
                file: findings.file, line: 0, column: 0, key: "", reason: "out of memory")
        }
        let text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: octets.count)
        _ = text.initialize(fromContentsOf: octets)
        yaml_parser_set_input_string(parser, text.baseAddress, octets.count)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        self.parser = parser
        self.text = text
        self.findings = findings
        self.octets = octets
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    // MARK: events

    private enum Event {
        case scalar(String, isPlain: Bool)
        case listStart, mappingStart
        case alias
        case end
        case documentStart, documentEnd, streamEnd
        case other
    }

    private func next() throws(ConfigurationError) -> (event: Event, mark: Mark) {
        var raw = yaml_event_t()
        guard yaml_parser_parse(parser, &raw) == 1 else { throw problem() }
        defer { yaml_event_delete(&raw) }
        let mark = Mark(raw.start_mark)
        switch raw.type {
        case YAML_SCALAR_EVENT:
            let scalar = raw.data.scalar
            refuse(anchor: scalar.anchor, tag: scalar.tag, at: mark)
            let octets = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let text = String(decoding: octets, as: UTF8.self)
            return (.scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), mark)
        case YAML_SEQUENCE_START_EVENT:
            refuse(anchor: raw.data.sequence_start.anchor, tag: raw.data.sequence_start.tag, at: mark)
            return (.listStart, mark)
        case YAML_MAPPING_START_EVENT:
            refuse(anchor: raw.data.mapping_start.anchor, tag: raw.data.mapping_start.tag, at: mark)
            return (.mappingStart, mark)
        case YAML_ALIAS_EVENT:
            findings.refuse("", at: mark, "aliases are not supported; write the value out")
            return (.alias, mark)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return (.end, mark)
        case YAML_DOCUMENT_START_EVENT: return (.documentStart, mark)
        case YAML_DOCUMENT_END_EVENT: return (.documentEnd, mark)
        case YAML_STREAM_END_EVENT: return (.streamEnd, mark)
        default: return (.other, mark)
        }
    }

    private func refuse(anchor: UnsafeMutablePointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>?, at mark: Mark) {
        if anchor != nil {
            findings.refuse("", at: mark, "anchors are not supported; write the value out where it is needed")
        }
        if tag != nil { findings.refuse("", at: mark, "tags are not supported; leave it out") }
    }

    private func error(_ reason: String, at mark: Mark) -> ConfigurationError {
        ConfigurationError(file: findings.file, line: mark.line, column: mark.column, key: "", reason: reason)
    }

    /// What libyaml says about text that it cannot read.
    private func problem() -> ConfigurationError {
        let reason = parser.pointee.problem.map { String(cString: $0) } ?? "cannot be read"
        guard parser.pointee.error == YAML_READER_ERROR else {
            let mark = Mark(parser.pointee.problem_mark)
            if let tab = indentingTab(upTo: mark) { return error("a tab: YAML indents by spaces", at: tab) }
            return error(reason, at: mark)
        }
        // Octets that are no characters have an offset only.
        let before = octets.prefix(parser.pointee.problem_offset)
        let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
        return error(reason, at: Mark(line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: column))
    }

    /// The first tab in front of the text of the line, or of the lines since its construct began.
    private func indentingTab(upTo mark: Mark) -> Mark? {
        let context = parser.pointee.context == nil ? mark.line : Mark(parser.pointee.context_mark).line
        let lines = octets.split(separator: UInt8(ascii: "\n"), maxSplits: mark.line, omittingEmptySubsequences: false)
        for number in min(context, mark.line)...mark.line where number <= lines.count {
            let indentation = lines[number - 1].prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard let tab = indentation.firstIndex(of: UInt8(ascii: "\t")) else { continue }
            return Mark(line: number, column: tab - indentation.startIndex + 1)
        }
        return nil
    }

    // MARK: tree

    private func document() throws(ConfigurationError) -> YAMLNode {
        var root = YAMLNode(content: .scalar("", isPlain: true), mark: Mark(line: 1, column: 1))
        var documents = 0
        while true {
            let (event, mark) = try next()
            switch event {
            case .documentStart:
                documents += 1
                if documents > 1 { throw error("a second document; a configuration is one", at: mark) }
                let (first, mark) = try next()
                root = try node(first, mark, path: "", depth: 1)
            case .streamEnd: return root
            default: continue
            }
        }
    }

    private func node(_ event: Event, _ mark: Mark, path: String, depth: Int) throws(ConfigurationError) -> YAMLNode {
        guard depth <= Self.maximumDepth else {
            throw error("nested deeper than \(Self.maximumDepth) levels", at: mark)
        }
        switch event {
        case .scalar(let text, let isPlain): return YAMLNode(content: .scalar(text, isPlain: isPlain), mark: mark)
        case .alias: return YAMLNode(content: .refused, mark: mark)
        case .listStart: return YAMLNode(content: .list(try list(path: path, depth: depth)), mark: mark)
        case .mappingStart: return YAMLNode(content: .mapping(try mapping(path: path, depth: depth)), mark: mark)
        default: throw error("expected a value", at: mark)
        }
    }

    private func list(path: String, depth: Int) throws(ConfigurationError) -> [YAMLNode] {
        var elements: [YAMLNode] = []
        while true {
            let (event, mark) = try next()
            if case .end = event { return elements }
            elements.append(try node(event, mark, path: path, depth: depth + 1))
        }
    }

    private func mapping(path: String, depth: Int) throws(ConfigurationError) -> [YAMLEntry] {
        var entries: [YAMLEntry] = []
        var lines: [String: Int] = [:]
        while true {
            let (event, mark) = try next()
            if case .end = event { return entries }
            guard case .scalar(let name, _) = event else { throw error("a key must be text", at: mark) }
            let key = path.isEmpty ? name : "\(path).\(name)"
            let (first, valueMark) = try next()
            let value = try node(first, valueMark, path: key, depth: depth + 1)
            if let line = lines[name] {
                findings.refuse(key, at: mark, "given twice, first in line \(line)")
            } else {
                lines[name] = mark.line
                entries.append(YAMLEntry(name: name, mark: mark, value: value))
            }
        }
    }
}

extension Mark {
    fileprivate init(_ mark: yaml_mark_t) { self.init(line: mark.line + 1, column: mark.column + 1) }
}
