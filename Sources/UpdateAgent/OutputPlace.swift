import CLinux
import Glibc
import LinuxSystem

/// Where a received file is to appear: a directory that is held open, and a name in it.
final class OutputPlace: Sendable {
    let path: String
    let name: String
    private let directory: Descriptor

    /// Checks that a file could appear at `path`.
    init(_ path: String) throws(UpdateFailure) {
        let cut = path.lastIndex(of: "/")
        let parent = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
        guard !name.isEmpty, name != ".", name != ".." else {
            throw UpdateFailure(.failed, "\(path) is a directory; name the file to write")
        }
        let number = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw UpdateFailure(SystemError("open directory \(parent)")) }
        directory = Descriptor(owning: number)
        self.path = path
        self.name = name
        guard faccessat(number, ".", W_OK | X_OK, AT_EACCESS) == 0 else {
            throw UpdateFailure(
                SystemError("write to directory \(parent)"), advice: "name a file with --output that may be written")
        }
        var status = stat()
        guard fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return }
            throw UpdateFailure(SystemError("stat \(path)"))
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG, S_IFLNK: return
        case S_IFDIR: throw UpdateFailure(.failed, "\(path) is a directory; name the file to write")
        default: throw UpdateFailure(.failed, "\(path) is not a regular file and will not be replaced")
        }
    }

    /// Names the place on this host, however the path was written: the directory's device and number, and the name.
    var identity: String {
        var status = stat()
        fstat(directory.number, &status)
        // FNV-1a, 64 bits: only two places of one user could meet, and the lock of the journal is between them.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for octet in "\(status.st_dev) \(status.st_ino) \(name)".utf8 {
            hash = (hash ^ UInt64(octet)) &* 0x100_0000_01b3
        }
        return String(hash, radix: 16)
    }

    /// The file that is there, if it is a regular one of this size.
    func existing(size: UInt64) -> SharedFile? {
        let number = openat(directory.number, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { return nil }
        let file = SharedFile(owning: Descriptor(owning: number), path: path)
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG, UInt64(status.st_size) == size else {
            return nil
        }
        return file
    }

    /// What the file of an object is called while it is in the making.
    private func partialName(_ object: String) -> String {
        // A name may have 255 octets.
        ".\(String(decoding: name.utf8.prefix(200), as: UTF8.self)).\(object).partial"
    }

    /// Opens what was begun before, or nil.
    func reopen(_ object: String) throws(UpdateFailure) -> SharedFile? {
        let name = partialName(object)
        let number = openat(directory.number, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard number >= 0 else { return nil }
        let file = SharedFile(owning: Descriptor(owning: number), path: path)
        try lock(file)
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
            return nil
        }
        return file
    }

    /// Makes the file anew.
    func create(_ object: String) throws(UpdateFailure) -> SharedFile {
        let name = partialName(object)
        _ = try reopen(object)  // somebody else may be at it
        unlinkat(directory.number, name, 0)
        let number = openat(directory.number, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard number >= 0 else { throw UpdateFailure(SystemError("create a file beside \(path)")) }
        let file = SharedFile(owning: Descriptor(owning: number), path: path)
        try lock(file)
        return file
    }

    private func lock(_ file: SharedFile) throws(UpdateFailure) {
        guard file.lock() else {
            throw UpdateFailure(.failed, "another lcupdate is receiving \(path): stop it, or name another --output")
        }
    }

    /// Removes what was begun of an object.
    func remove(_ object: String) { unlinkat(directory.number, partialName(object), 0) }

    /// Makes the file of an object appear, in place of what is there. It is on the disk when this returns.
    func publish(_ file: SharedFile, _ object: String) throws(SystemError) {
        try check("write to disk \(path)", fsync(file.number))
        try check(
            "rename to \(path)", renameat(directory.number, partialName(object), directory.number, name))
        try check("write to disk the directory of \(path)", fsync(directory.number))
    }
}

extension SharedFile {
    /// Empties the file and takes the space for `size` octets from the file system.
    ///
    /// - Throws: `SystemError`; ENOSPC, EDQUOT or EFBIG when there is no room.
    func reserve(_ size: UInt64) throws(SystemError) {
        try truncate(to: 0)
        guard size > 0 else { return }
        var room = statvfs()
        try check("statvfs", fstatvfs(number, &room))
        // Asked first: a file system may take long to find out that it cannot.
        let free = UInt64(geteuid() == 0 ? room.f_bfree : room.f_bavail).multipliedReportingOverflow(
            by: UInt64(room.f_frsize))
        if !free.overflow && free.partialValue < size {
            throw SystemError("reserve \(size) octets for \(path)", errno: ENOSPC)
        }
        while fallocate(number, 0, 0, off_t(size)) < 0 {
            if errno == EINTR { continue }
            guard errno == EOPNOTSUPP else { throw SystemError("reserve \(size) octets for \(path)") }
            return try truncate(to: size)
        }
    }
}
