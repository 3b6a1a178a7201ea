import CLinux
import Glibc
import LinuxSystem
import UpdateTrust

/// Where a receiver remembers: what it accepted last, what it has of an update that is not whole, which update its command
/// was run for.
public struct StateDirectory: Sendable {
    public let path: String

    /// Where it is unless somebody says: /var/lib/lcroute for root, else $XDG_STATE_HOME/lcroute or
    /// ~/.local/state/lcroute. Nil if the environment names no home.
    public static func standard() -> String? {
        if geteuid() == 0 { return "/var/lib/lcroute" }
        if let state = getenv("XDG_STATE_HOME"), state.pointee == 0x2f { return String(cString: state) + "/lcroute" }
        guard let home = getenv("HOME"), home.pointee == 0x2f else { return nil }
        return String(cString: home) + "/.local/state/lcroute"
    }

    /// Makes the directory if need be, and checks that it can be written to.
    public init(_ path: String) throws(UpdateFailure) {
        self.path = path
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        var made = path.hasPrefix("/") ? "" : "."
        for part in parts {
            made += "/\(part)"
            guard mkdir(made, 0o700) < 0, errno != EEXIST else { continue }
            let error = SystemError("make state directory \(made)")
            var status = stat()
            if stat(made, &status) != 0 { throw UpdateFailure(error, advice: Self.advice) }
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw UpdateFailure(SystemError("open \(path)"), advice: Self.advice) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw UpdateFailure(SystemError("open state directory \(path)", errno: ENOTDIR), advice: Self.advice)
        }
        guard faccessat(AT_FDCWD, path, R_OK | W_OK | X_OK, AT_EACCESS) == 0 else {
            throw UpdateFailure(SystemError("write to state directory \(path)"), advice: Self.advice)
        }
    }

    private static let advice = "name one that may be written with --state"

    /// Where what has come of an object is kept.
    func journal(_ object: UpdateID, _ place: OutputPlace) -> String { "\(path)/\(object)-\(place.identity).journal" }

    /// Removes journals of other objects for the same place, and the files in the making that belong to them.
    func removeStale(except object: UpdateID, _ place: OutputPlace) {
        guard let directory = opendir(path) else { return }
        defer { closedir(directory) }
        let end = "-\(place.identity).journal"
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            let other = name.dropLast(end.count)
            guard name.hasSuffix(end), other.utf8.count == 2 * UpdateID.length, other != object.description else {
                continue
            }
            unlink("\(path)/\(name)")
            place.remove(String(other))
        }
    }

    /// An unnamed file for symbols that are not verified yet.
    func scratch() throws(SystemError) -> SharedFile {
        var number = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0o600)
        if number < 0 {
            let name = "\(path)/.quarantine-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
            number = try check("create a file in \(path)", open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600))
            unlink(name)
        }
        return SharedFile(owning: Descriptor(owning: number), path: path)
    }

    // MARK: commands

    private func commandRecord(_ place: OutputPlace) -> String { "\(path)/\(place.identity).command" }

    /// Whether the command was run for this object and did not fail.
    func isCommandDone(_ object: UpdateID, _ place: OutputPlace) -> Bool {
        let number = open(commandRecord(place), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { return false }
        let file = SharedFile(owning: Descriptor(owning: number), path: path)
        var text = [UInt8](repeating: 0, count: 2 * UpdateID.length)
        let count = try? file.read(into: &text, at: 0)
        return count == text.count && String(decoding: text, as: UTF8.self) == object.description
    }

    /// Remembers that the command was run for this object.
    func recordCommand(_ object: UpdateID, _ place: OutputPlace) throws(SystemError) {
        let (target, temporary) = (commandRecord(place), commandRecord(place) + ".new")
        let number = open(temporary, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        let file = SharedFile(
            owning: Descriptor(owning: try check("create \(temporary)", number)), path: temporary)
        try file.write(Array("\(object)\n".utf8).span.bytes, at: 0)
        try file.sync()
        try check("rename to \(target)", rename(temporary, target))
    }
}
