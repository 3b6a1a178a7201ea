import CLinux
import Glibc
import LinuxSystem

/// A file in the making, next to the path where it will appear, all at once, when it is whole.
///
/// It has no name until then where the file system can do that (O_TMPFILE), so that nothing is left behind however the
/// program ends; elsewhere `.NAME.partial-…`.
struct PartialFile: ~Copyable {
    let path: String
    private let directory: Descriptor
    private let name: String
    private let file: Descriptor
    /// What it is called for now; nil while it has no name.
    private var temporaryName: String?

    /// Checks that a file could appear at `path`.
    init(for path: String) throws {
        let cut = path.lastIndex(of: "/")
        let parent = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
        guard !name.isEmpty, name != ".", name != ".." else {
            throw UpdateFailure(.failed, "\(path) is a directory; name the file to write")
        }
        let number = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw UpdateFailure(SystemError("open directory \(parent)")) }
        let directory = Descriptor(owning: number)
        try Self.checkReplaceable(name, in: directory.number, path)
        var temporaryName: String?
        var made = openat(number, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0o666)
        if made < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT) {
            let temporary = Self.temporaryName(for: name)
            made = openat(number, temporary, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o666)
            temporaryName = temporary
        }
        guard made >= 0 else { throw UpdateFailure(SystemError("create a file in \(parent)")) }
        file = Descriptor(owning: made)
        self.path = path
        self.directory = directory
        self.name = name
        self.temporaryName = temporaryName
    }

    deinit {
        if let temporaryName { unlinkat(directory.number, temporaryName, 0) }
    }

    private static func checkReplaceable(_ name: String, in directory: Int32, _ path: String) throws {
        var status = stat()
        guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return }
            throw UpdateFailure(SystemError("stat \(path)"))
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG, S_IFLNK: return
        case S_IFDIR: throw UpdateFailure(.failed, "\(path) is a directory; name the file to write")
        default: throw UpdateFailure(.failed, "\(path) is not a regular file and will not be replaced")
        }
    }

    private static func temporaryName(for name: String) -> String {
        // A name may have 255 octets.
        let stem = String(decoding: name.utf8.prefix(200), as: UTF8.self)
        return ".\(stem).partial-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
    }

    /// Empties the file and takes the space for `size` octets from the file system.
    ///
    /// - Throws: `SystemError`; ENOSPC, EDQUOT or EFBIG when there is no room.
    func reserve(_ size: UInt64) throws(SystemError) {
        try check("empty the temporary file", ftruncate(file.number, 0))
        guard size > 0 else { return }
        var room = statvfs()
        try check("statvfs", fstatvfs(file.number, &room))
        // Asked first: a file system may take long to find out that it cannot.
        let free = UInt64(geteuid() == 0 ? room.f_bfree : room.f_bavail).multipliedReportingOverflow(
            by: UInt64(room.f_frsize))
        if !free.overflow && free.partialValue < size { throw SystemError("reserve \(size) octets", errno: ENOSPC) }
        while fallocate(file.number, 0, 0, off_t(size)) < 0 {
            if errno == EINTR { continue }
            guard errno == EOPNOTSUPP else { throw SystemError("reserve \(size) octets") }
            try check("make room for \(size) octets", ftruncate(file.number, off_t(size)))
            return
        }
    }

    func write(_ octets: RawSpan, at offset: UInt64) throws {
        var done = 0
        while done < octets.byteCount {
            let put = octets.withUnsafeBytes {
                pwrite(file.number, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(offset) + off_t(done))
            }
            if put < 0 {
                if errno == EINTR { continue }
                throw UpdateFailure(SystemError("write \(path)"))
            }
            done += put
        }
    }

    /// Reads up to `buffer.count` octets: how many there were.
    func read(at offset: UInt64, into buffer: inout [UInt8]) throws -> Int {
        while true {
            let got = buffer.withUnsafeMutableBytes { pread(file.number, $0.baseAddress, $0.count, off_t(offset)) }
            if got >= 0 { return got }
            guard errno == EINTR else { throw UpdateFailure(SystemError("read back \(path)")) }
        }
    }

    /// Makes the file appear at its path, in place of what is there. It is on the disk when this returns.
    mutating func publish() throws {
        func step(_ what: String, _ status: Int32) throws {
            guard status == 0 else { throw UpdateFailure(SystemError("\(what) \(path)")) }
        }
        try step("write to disk", fsync(file.number))
        if temporaryName == nil {
            let temporary = Self.temporaryName(for: name)
            try step(
                "name",
                linkat(AT_FDCWD, "/proc/self/fd/\(file.number)", directory.number, temporary, AT_SYMLINK_FOLLOW))
            temporaryName = temporary
        }
        try step("rename to", renameat(directory.number, temporaryName ?? "", directory.number, name))
        temporaryName = nil
        try step("write to disk the directory of", fsync(directory.number))
    }
}
