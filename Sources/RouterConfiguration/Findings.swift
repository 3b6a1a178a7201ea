/// What is found in a file while it is read: reading goes on after an error, so that a file is judged as a whole.
final class Findings {
    let file: String
    private(set) var errors: [ConfigurationError] = []
    private(set) var warnings: [ConfigurationError] = []

    init(file: String) { self.file = file }

    func refuse(_ key: String, at mark: Mark, _ reason: String) { errors.append(finding(key, mark, reason)) }

    /// For what the file may say, but what will not work here and now.
    func warn(_ key: String, at mark: Mark, _ reason: String) { warnings.append(finding(key, mark, reason)) }

    private func finding(_ key: String, _ mark: Mark, _ reason: String) -> ConfigurationError {
        ConfigurationError(file: file, line: mark.line, column: mark.column, key: key, reason: reason)
    }
}

extension [ConfigurationError] {
    /// In the order of the file; those of one place in the order in which they were found.
    var inOrder: [ConfigurationError] {
        enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }.map(\.element)
    }
}
