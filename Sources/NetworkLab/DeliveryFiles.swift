import Glibc
import LinuxSystem

/// Random data to deliver, as it is and as a signed update.
final class DeliveryFiles: Sendable {
    static let name = "data"

    let size: Int
    let file: String
    let update: String
    let publicKey: String
    /// Whether this and all that is received is in memory rather than on a disk.
    let inMemory: Bool
    private let directory: LabDirectory?

    init(size: Int, inMemory: Bool) throws {
        let directory = try LabDirectory(inMemory: inMemory)
        self.directory = directory
        self.size = size
        self.inMemory = inMemory
        file = directory.file(Self.name)
        update = directory.file("update.lcu")
        let key = directory.file("key")
        publicKey = "\(key).pub"
        try Self.fill(file, size)
        let program = try LabPrograms.path(of: "lcupdate")
        try Self.run([program, "keygen", key])
        try Self.run([
            program, "sign", file, "--key", key, "--sequence", "1", "--mtu", "\(DeliveryTask.mtu)", "-o", update,
        ])
    }

    /// Files that do not exist, for tests of what is reckoned with their size.
    init(absentOfSize size: Int) {
        (self.size, file, update, publicKey, inMemory, directory) = (size, "", "", "", true, nil)
    }

    /// Whether a file holds the same octets.
    func isSame(as other: String) throws -> Bool {
        try LabProcess.run(["cmp", "--silent", file, other], within: .seconds(300)).exit == .code(0)
    }

    private static func fill(_ path: String, _ size: Int) throws {
        let out = try Descriptor("make \(path)", open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644))
        var left = size
        while left > 0 {
            let octets = try LabDirectory.randomOctets(min(left, 1 << 22))
            var rest = octets[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(out.number, $0.baseAddress, $0.count) }
                guard count > 0 else { throw SystemError("write \(path)") }
                rest = rest.dropFirst(count)
            }
            left -= octets.count
        }
    }

    private static func run(_ command: [String]) throws {
        let result = try LabProcess.run(command, within: .seconds(600))
        guard result.exit == .code(0) else {
            throw LabError.failed(command: command.joined(separator: " "), message: result.errors)
        }
    }
}
