import CLinux
import Glibc
import LinuxSystem

/// Why a service cannot listen.
public enum VarlinkListenError: Error, Equatable, Sendable, CustomStringConvertible {
    case inUse(path: String)
    case notASocket(path: String)
    case badPath(path: String)
    case noSuchGroup(String)
    case failed(SystemError)

    public var description: String {
        switch self {
        case .inUse(let path): "\(path): another process answers on this socket; stop it or choose another path"
        case .notASocket(let path): "\(path): exists and is not a socket; remove it or choose another path"
        case .badPath(let path):
            "\(path): a socket's path has 1 to \(UnixSocketAddress.longestPath) octets; choose a shorter one"
        case .noSuchGroup(let name): "\(name): no such group; create it (groupadd --system \(name)) or name another"
        case .failed(let error): "\(error)"
        }
    }
}

/// A Unix stream socket in the file system that accepts connections; its file goes when it goes.
struct ListeningSocket: ~Copyable {
    let descriptor: Descriptor
    /// Owner of the file besides root.
    let group: gid_t?
    let file: VarlinkSocketFile

    /// Makes the file, and the directories that it needs.
    static func listening(path: String, mode: mode_t, group: String?) throws(VarlinkListenError) -> ListeningSocket {
        guard let address = UnixSocketAddress(path) else { throw .badPath(path: path) }
        let group = try group.map { (name) throws(VarlinkListenError) in try groupID(name) }
        do throws(SystemError) {
            try makeParents(of: path)
        } catch { throw .failed(error) }
        try removeStale(path, address)
        do throws(SystemError) {
            return try ListeningSocket(path, address, mode: mode, group: group)
        } catch { throw .failed(error) }
    }

    private init(_ path: String, _ address: UnixSocketAddress, mode: mode_t, group: gid_t?) throws(SystemError) {
        let descriptor = try Descriptor(
            "socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0))
        // The file gets the mode of the socket: nobody may connect before owner and mode are right.
        try check("fchmod", fchmod(descriptor.number, 0o600))
        try check("bind \(path)", address.withPointer { bind(descriptor.number, $0, $1) })
        if let group { try check("chown \(path)", chown(path, uid_t.max, group)) }
        try check("chmod \(path)", chmod(path, mode))
        try check("listen \(path)", listen(descriptor.number, 64))
        file = VarlinkSocketFile(path: path, identity: try FileIdentity(of: path))
        self.descriptor = descriptor
        self.group = group
    }

    deinit { file.remove() }
}

/// The file of a listening socket, which stays when its process is killed.
public struct VarlinkSocketFile: Sendable {
    fileprivate let path: String
    /// The file that was made here: another one of the same name is not ours to remove.
    fileprivate let identity: FileIdentity

    /// Removes the file, if it is still the one that was made. From any thread.
    public func remove() {
        if let now = try? FileIdentity(of: path), now == identity { unlink(path) }
    }
}

private struct FileIdentity: Equatable {
    var device: dev_t
    var inode: ino_t
    var mode: mode_t

    init(of path: String) throws(SystemError) {
        var status = stat()
        try check("stat \(path)", lstat(path, &status))
        device = status.st_dev
        inode = status.st_ino
        mode = status.st_mode & S_IFMT
    }
}

private func makeParents(of path: String) throws(SystemError) {
    let parts = path.split(separator: "/").dropLast()
    var parent = path.hasPrefix("/") ? "" : "."
    for part in parts {
        parent += "/\(part)"
        if mkdir(parent, 0o755) < 0 && errno != EEXIST { throw SystemError("mkdir \(parent)") }
    }
}

/// Removes the socket file of a process that is gone.
private func removeStale(_ path: String, _ address: UnixSocketAddress) throws(VarlinkListenError) {
    guard let identity = try? FileIdentity(of: path) else { return }
    guard identity.mode == S_IFSOCK else { throw .notASocket(path: path) }
    do throws(SystemError) {
        let probe = try Descriptor(
            "socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0))
        if address.withPointer({ connect(probe.number, $0, $1) }) < 0 {
            switch errno {
            case ECONNREFUSED:
                try check("unlink \(path)", unlink(path))
                return
            case ENOENT: return
            case EAGAIN: break  // somebody listens who is busy
            default: throw SystemError("connect \(path)")
            }
        }
    } catch { throw .failed(error) }
    throw .inUse(path: path)
}

private func groupID(_ name: String) throws(VarlinkListenError) -> gid_t {
    // As for chown(1), digits are a number.
    if let number = gid_t(name) { return number }
    guard let entry = getgrnam(name) else { throw .noSuchGroup(name) }
    return entry.pointee.gr_gid
}
