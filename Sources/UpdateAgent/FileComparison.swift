import EventLoop
import LinuxSystem
import UpdateTrust

/// Finds out whether a file has a hash, on a thread of its own.
final class FileComparison {
    private let mailbox: LoopMailbox<Bool>
    private let worker: Worker<Void>

    /// Octets between two looks whether the owner still wants it.
    private static let pieceLength = 1 << 20

    /// - Parameter onEnd: called on the loop, once. A file that cannot be read does not have the hash.
    init(
        _ file: SharedFile, size: UInt64, with hash: FileHash, on loop: EpollLoop, onEnd: @escaping (Bool) -> Void
    ) throws {
        mailbox = try LoopMailbox(on: loop, handler: onEnd)
        let slot = mailbox.slot
        worker = try Worker { queue in
            let found = try? Self.hash(file, size: size) { queue.isClosed }
            slot.post(found == hash)
        }
    }

    /// Nil if it was stopped.
    private static func hash(
        _ file: SharedFile, size: UInt64, until isStopped: () -> Bool
    ) throws(SystemError) -> FileHash? {
        let hasher = FileHasher()
        var buffer = [UInt8](repeating: 0, count: Int(min(UInt64(pieceLength), max(size, 1))))
        var offset: UInt64 = 0
        while offset < size {
            if isStopped() { return nil }
            let count = Int(min(UInt64(buffer.count), size - offset))
            guard try file.read(count, into: &buffer, at: offset) == count else { return nil }
            hasher.update(buffer.span.bytes.extracting(first: count))
            offset += UInt64(count)
        }
        return hasher.finish()
    }
}
