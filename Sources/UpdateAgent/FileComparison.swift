import EventLoop
import LinuxSystem
import UpdateTrust

/// Finds out whether a file has a hash, on a thread of its own.
final class FileComparison {
    private let mailbox: LoopMailbox<FileVerification.Result>
    private let worker: Worker<UInt64>

    /// - Parameter onEnd: called on the loop, once. A file that cannot be read does not have the hash.
    init(
        _ file: SharedFile, size: UInt64, with hash: FileHash, on loop: EpollLoop, onEnd: @escaping (Bool) -> Void
    ) throws {
        mailbox = try LoopMailbox(on: loop) { result in
            guard case .hashed(hash) = result else { return onEnd(false) }
            onEnd(true)
        }
        let slot = mailbox.slot
        worker = try FileVerification.worker(file, size: size) { slot.post($0) }
        worker.put(size)
    }
}
