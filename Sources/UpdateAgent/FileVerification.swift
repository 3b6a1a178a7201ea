import Glibc
import LinuxSystem
import UpdateTrust

/// Hashes a file from its beginning, as far as it is known to be whole, on a thread of its own.
enum FileVerification {
    enum Result: Sendable {
        /// Of the whole file.
        case hashed(FileHash)
        case failed(UpdateFailure)
    }

    /// Octets between two looks whether the owner still wants it.
    private static let pieceLength = 1 << 20

    /// - Returns: a worker that is told how far the file may be read; it reports once, when it has read all of it.
    static func worker(
        _ file: SharedFile, size: UInt64, report: @escaping @Sendable (Result) -> Void
    ) throws(SystemError) -> Worker<UInt64> {
        try Worker { queue in
            let hasher = FileHasher()
            var buffer = [UInt8](repeating: 0, count: Int(min(UInt64(pieceLength), max(size, 1))))
            var offset: UInt64 = 0
            while true {
                guard let end = queue.next() else { return }
                while offset < min(end, size) {
                    if queue.isClosed { return }
                    let count = Int(min(UInt64(buffer.count), min(end, size) - offset))
                    do throws(SystemError) {
                        guard try file.read(count, into: &buffer, at: offset) == count else {
                            throw SystemError("read back \(file.path)", errno: EIO)
                        }
                    } catch {
                        return report(.failed(UpdateFailure(error)))
                    }
                    hasher.update(buffer.span.bytes.extracting(first: count))
                    offset += UInt64(count)
                }
                if offset == size { break }
            }
            report(.hashed(hasher.finish()))
        }
    }
}
