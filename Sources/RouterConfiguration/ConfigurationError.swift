/// What is wrong with a configuration file, and where.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    public var file: String
    /// From 1; 0 where the whole file is meant.
    public var line: Int
    /// From 1, in characters; 0 where the whole file is meant.
    public var column: Int
    /// The key as a path: `interfaces.lan0.role`; empty where the text is no YAML that can be read.
    public var key: String
    /// What is wrong and what is allowed.
    public var reason: String

    public init(file: String, line: Int, column: Int, key: String, reason: String) {
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.reason = reason
    }

    /// `FILE:LINE:COLUMN: KEY: reason`, in one line and without control characters, whatever the file holds.
    public var description: String {
        let place = line > 0 ? "\(file):\(line):\(column)" : file
        let text = key.isEmpty ? "\(place): \(reason)" : "\(place): \(key): \(reason)"
        return text.unicodeScalars.reduce(into: "") { line, scalar in
            if scalar.properties.generalCategory == .control {
                line += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
    }
}

/// All that is wrong with a configuration file, in the order of the file; never empty.
public struct ConfigurationErrors: Error, Equatable, Sendable, CustomStringConvertible {
    public let errors: [ConfigurationError]

    init(_ errors: [ConfigurationError]) { self.errors = errors }

    /// One error a line.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
