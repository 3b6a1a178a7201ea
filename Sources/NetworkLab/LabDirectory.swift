import Glibc
import LinuxSystem

/// A directory for the files of one experiment, removed with all that is in it when this value goes.
public final class LabDirectory: Sendable {
    public let path: String

    private static let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    /// Where files are in memory, on Linux as Debian has it.
    private static let memory = "/dev/shm"
    private static let prefix = "lclab-"
    /// Done once in the life of a process.
    private static let leftoversRemoved: Void = removeLeftovers()

    /// - Parameter inMemory: where no disk slows the experiment down, if this machine has such a place.
    public init(inMemory: Bool = false) throws(SystemError) {
        Self.leftoversRemoved
        let parent = inMemory && access(Self.memory, W_OK) == 0 ? Self.memory : Self.parent
        var template = Array("\(parent)/\(Self.prefix)\(getpid())-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("make a directory in \(parent)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        nftw(path, { name, _, _, _ in name.map { Glibc.remove($0) } ?? 0 }, 16, Int32(FTW_DEPTH | FTW_PHYS))
    }

    /// Removes the directories of this process at once; for its end by a signal.
    static func removeOwn() { remove { $0 == getpid() } }

    private static func removeLeftovers() { remove { kill($0, 0) < 0 && errno == ESRCH } }

    /// Removes directories by the process id in their names.
    private static func remove(where isUnwanted: (pid_t) -> Bool) {
        for parent in Set([parent, memory]) {
            for name in entries(of: parent) where name.hasPrefix(prefix) {
                let parts = name.split(separator: "-")
                if parts.count == 3, let pid = pid_t(parts[1]), isUnwanted(pid) { remove("\(parent)/\(name)") }
            }
        }
    }

    /// The names in a directory, hidden ones included; none if it cannot be read.
    static func entries(of path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }

    /// The path of a file in this directory.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file in this directory; its path.
    @discardableResult public func write(_ octets: [UInt8], to name: String) throws(SystemError) -> String {
        let path = file(name)
        let descriptor = try Descriptor("make \(path)", open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644))
        var done = 0
        while done < octets.count {
            let count = octets[done...].withUnsafeBytes { Glibc.write(descriptor.number, $0.baseAddress, $0.count) }
            guard count > 0 else { throw SystemError("write \(path)") }
            done += count
        }
        return path
    }

    @discardableResult public func write(_ text: String, to name: String) throws(SystemError) -> String {
        try write(Array(text.utf8), to: name)
    }

    /// All of a file.
    public static func read(_ path: String) throws(SystemError) -> [UInt8] {
        let descriptor = try Descriptor("open \(path)", open(path, O_RDONLY | O_CLOEXEC))
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(descriptor.number, &buffer, buffer.count)
            if count == 0 { return octets }
            guard count > 0 else { throw SystemError("read \(path)") }
            octets.append(contentsOf: buffer[..<count])
        }
    }

    /// `count` octets that no link compresses and no shortcut guesses.
    public static func randomOctets(_ count: Int) throws(SystemError) -> [UInt8] {
        let source = try Descriptor("open /dev/urandom", open("/dev/urandom", O_RDONLY | O_CLOEXEC))
        var octets = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = octets[done...].withUnsafeMutableBytes { Glibc.read(source.number, $0.baseAddress, $0.count) }
            guard got > 0 else { throw SystemError("read /dev/urandom") }
            done += got
        }
        return octets
    }
}
