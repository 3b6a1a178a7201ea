import LinuxSystem

/// What is wrong with a key file.
public enum KeyError: Error, Equatable, Sendable, CustomStringConvertible {
    case system(SystemError)
    /// Others may read the secret.
    case readableByOthers(String, mode: UInt32)
    /// The secret belongs to somebody else.
    case foreignOwner(String, owner: UInt32)
    case notAFile(String)
    /// Not a line of the right kind: what the line should begin with.
    case malformed(String, expected: String)
    /// A public key where a secret one is needed, or the other way round.
    case wrongKind(String, isSecret: Bool)
    /// A key is never overwritten.
    case exists(String)
    case tooMany(String, limit: Int)

    public var description: String {
        switch self {
        case .system(let error): error.description
        case .readableByOthers(let path, let mode):
            "\(path): mode \(String(mode, radix: 8)) lets other users read or change the secret key: chmod 600 it, and make a new key if they may have"
        case .foreignOwner(let path, let owner): "\(path) belongs to user \(owner): use a key file of your own"
        case .notAFile(let path): "\(path) is not a regular file"
        case .malformed(let path, let expected): "\(path) is no key file: a line '\(expected) BASE64' was expected"
        case .wrongKind(let path, true): "\(path) is a secret key: give the public one, \(path).pub"
        case .wrongKind(let path, false): "\(path) is a public key: give the secret one, the file without .pub"
        case .exists(let path):
            "\(path) exists and will not be overwritten: name another, or remove it if it is not used any more"
        case .tooMany(let path, let limit): "\(path): more than \(limit) keys"
        }
    }
}
