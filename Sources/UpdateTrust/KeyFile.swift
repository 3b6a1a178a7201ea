import Glibc
import LinuxSystem

extension SigningKey {
    /// Reads a secret key that only its owner may read.
    public init(contentsOf path: String) throws(KeyError) {
        var file = try SmallFile(path)
        defer { Sodium.erase(&file.octets) }
        if file.lines.first.flatMap({ KeyLine($0, .publicKey) }) != nil { throw .wrongKind(path, isSecret: false) }
        try file.checkPrivate()
        guard var secret = file.lines.first.flatMap({ KeyLine($0, .secretKey) }) else {
            throw .malformed(path, expected: KeyLine.Kind.secretKey.rawValue)
        }
        self.init(seed: secret.octets, comment: secret.comment)
        Sodium.erase(&secret.octets)
    }

    /// Writes `path`, which only this user may read, and `path`.pub. Neither may exist.
    public func save(to path: String) throws(KeyError) {
        for path in [path, "\(path).pub"] where access(path, F_OK) == 0 { throw .exists(path) }
        var text = seedText()
        defer { Sodium.erase(&text) }
        var line = KeyLine.encode(.secretKey, base64: text, comment: publicKey.comment)
        defer { Sodium.erase(&line) }
        try Self.create(path, mode: 0o600, line)
        do throws(KeyError) {
            try Self.create("\(path).pub", mode: 0o644, publicKey.encoded())
        } catch {
            unlink(path)
            throw error
        }
    }

    private static func create(_ path: String, mode: mode_t, _ octets: [UInt8]) throws(KeyError) {
        let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard number >= 0 else {
            if errno == EEXIST { throw .exists(path) }
            throw .system(SystemError("create \(path)"))
        }
        let file = Descriptor(owning: number)
        do throws(SystemError) {
            // Whatever the umask: the secret is nobody else's, and what cannot be read is no key.
            try check("chmod \(path)", fchmod(file.number, mode))
            try file.writeAll(octets, at: 0, path)
            try check("write to disk \(path)", fsync(file.number))
        } catch {
            unlink(path)
            throw .system(error)
        }
    }
}

extension PublicKey {
    /// The line of a .pub file, without its end.
    public var line: String { String(decoding: encoded().dropLast(), as: UTF8.self) }

    /// The line of a .pub file, its end included.
    func encoded() -> [UInt8] {
        KeyLine.encode(.publicKey, base64: octets.withUnsafeBytes { Sodium.base64($0) }, comment: comment)
    }

    /// The keys of a file, one a line; empty lines and those that begin with # are comments.
    static func read(_ path: String, limit: Int) throws(KeyError) -> [PublicKey] {
        var keys: [PublicKey] = []
        for line in try SmallFile(path).lines {
            guard let key = KeyLine(line, .publicKey) else {
                if KeyLine(line, .secretKey) != nil { throw .wrongKind(path, isSecret: true) }
                throw .malformed(path, expected: KeyLine.Kind.publicKey.rawValue)
            }
            guard keys.count < limit else { throw .tooMany(path, limit: limit) }
            keys.append(PublicKey(key.octets, comment: key.comment))
        }
        guard !keys.isEmpty else { throw .malformed(path, expected: KeyLine.Kind.publicKey.rawValue) }
        return keys
    }
}

/// A key file's text.
private struct SmallFile {
    var octets: [UInt8]
    private let path: String
    private let status: stat

    /// Octets; what is longer is cut off, which is no line of a key any more.
    private static let limit: off_t = 65_536

    init(_ path: String) throws(KeyError) {
        // Not blocking: opening a FIFO would otherwise wait for somebody to write to it.
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { throw .system(SystemError("open \(path)")) }
        let file = Descriptor(owning: number)
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .system(SystemError("stat \(path)")) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path) }
        octets = [UInt8](repeating: 0, count: Int(min(status.st_size, Self.limit)))
        do throws(SystemError) {
            let count = try file.readAvailable(into: &octets, at: 0, path)
            octets.removeLast(octets.count - count)
        } catch {
            throw .system(error)
        }
        self.path = path
        self.status = status
    }

    /// Throws unless this user alone can read and change it.
    func checkPrivate() throws(KeyError) {
        guard status.st_uid == geteuid() else { throw .foreignOwner(path, owner: status.st_uid) }
        guard status.st_mode & 0o077 == 0 else { throw .readableByOthers(path, mode: status.st_mode & 0o7777) }
    }

    /// Without empty lines and comments.
    var lines: [ArraySlice<UInt8>] {
        octets.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            .filter { $0.first != UInt8(ascii: "#") }
    }
}
