public import LinuxSystem
public import RaptorQ

/// Why an update file cannot be made or used.
public enum UpdateFileError: Error, Equatable, Sendable, CustomStringConvertible {
    case system(SystemError)
    case notAFile(String)
    /// Does not begin as an update file does.
    case notAnUpdate(String)
    /// Not as it was signed, and where.
    case damaged(String, String)
    case manifest(String, ManifestRefusal)
    case layout(String, LayoutError)
    case code(RaptorQError)
    /// Changed while it was being read.
    case changed(String)
    /// The output exists and is no update file.
    case wouldOverwrite(String)

    public var description: String {
        switch self {
        case .system(let error): error.description
        case .notAFile(let path): "\(path) is not a regular file"
        case .notAnUpdate(let path): "\(path) is no update file: make one with lcupdate sign"
        case .damaged(let path, let reason): "\(path) is damaged: \(reason); copy it or sign it again"
        case .manifest(let path, .malformed(let reason)):
            "\(path) is damaged: malformed manifest: \(reason); copy it or sign it again"
        case .manifest(let path, let refusal): "\(path): \(refusal)"
        case .layout(let path, let error): "\(path): \(error)"
        case .code(let error): error.description
        case .changed(let path):
            "\(path) was changed while it was being read; replace it by renaming a new file over it, then start again"
        case .wouldOverwrite(let path): "\(path) exists and is no update file: remove it, or name another with -o"
        }
    }
}
