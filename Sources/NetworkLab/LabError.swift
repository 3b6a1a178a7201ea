/// Why an experiment could not be set up or did not go on.
public enum LabError: Error, Equatable, CustomStringConvertible {
    /// The kernel refuses: what was tried, and what would allow it.
    case notPermitted(String)
    /// A program that the lab runs ended with an error: the command and what it said.
    case failed(command: String, message: String)
    /// One of this project's programs is not where it should be.
    case programMissing(String, searched: [String])
    /// Something that was waited for did not happen.
    case timedOut(String)

    public var description: String {
        switch self {
        case .notPermitted(let what): what
        case .failed(let command, let message): "\(command): \(message)"
        case .programMissing(let name, let searched):
            "no program \(name) in \(searched.joined(separator: " or ")): build it (swift build) or name its directory "
                + "in LCROUTE_BINARIES"
        case .timedOut(let what): "waited in vain for \(what)"
        }
    }
}
