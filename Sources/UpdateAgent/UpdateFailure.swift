import LinuxSystem

/// Why a transfer ended without being done, in words for the operator.
public struct UpdateFailure: Error, Equatable, CustomStringConvertible {
    /// What the program's exit code tells scripts.
    public enum Kind: Int32, Sendable {
        /// Failed at run time: files, disks, interfaces.
        case failed = 1
        /// Nothing to be had in time; trying again may help.
        case timedOut = 75
        /// Something was heard, but nothing that could be verified.
        case unverifiable = 76
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// - Parameter advice: what to do about it, appended to the error.
    init(_ error: SystemError, advice: String? = nil) {
        self.init(.failed, advice.map { "\(error); \($0)" } ?? error.description)
    }
}
