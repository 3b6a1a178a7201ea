import Glibc
import LinuxSystem

/// A file in the making that appears at its path all at once, when it is whole and on the disk.
///
/// Until then it has a name of its own beside it, which goes with its owner.
struct OutputFile: ~Copyable {
    let path: String
    private let file: Descriptor
    private let directory: Descriptor
    private let name: String
    private let temporary: String

    init(for path: String, mode: mode_t = 0o666) throws(SystemError) {
        let cut = path.lastIndex(of: "/")
        let parent = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
        let directory = try Descriptor(
            "open directory \(parent)", open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        // A name may have 255 octets.
        let stem = String(decoding: name.utf8.prefix(200), as: UTF8.self)
        let temporary = ".\(stem).partial-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        file = try Descriptor(
            "create a file in \(parent)",
            openat(directory.number, temporary, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, mode))
        self.path = path
        self.name = name
        self.directory = directory
        self.temporary = temporary
    }

    deinit {
        // Nothing is there any more once it has been published.
        unlinkat(directory.number, temporary, 0)
    }

    /// Takes the space for `size` octets from the file system, where it can do that.
    func reserve(_ size: UInt64) throws(SystemError) {
        while size > 0, fallocate(file.number, 0, 0, off_t(size)) < 0 {
            if errno == EINTR { continue }
            guard errno == EOPNOTSUPP else { throw SystemError("reserve \(size) octets for \(path)") }
            return
        }
    }

    func write(_ octets: RawSpan, at offset: UInt64) throws(SystemError) {
        try file.writeAll(octets, at: offset, path)
    }

    /// Makes the file appear in place of what is there.
    func publish() throws(SystemError) {
        try check("write to disk \(path)", fsync(file.number))
        try check("rename to \(path)", renameat(directory.number, temporary, directory.number, name))
        try check("write to disk the directory of \(path)", fsync(directory.number))
    }
}
