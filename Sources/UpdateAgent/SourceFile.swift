import CLinux
import Glibc
import LinuxSystem
import UpdateTransport

/// A file that is being sent. It must stay as it was when it was opened.
struct SourceFile: ~Copyable {
    let path: String
    let size: UInt64
    private let descriptor: Descriptor
    private let modified: timespec

    init(path: String) throws {
        // Not blocking: opening a FIFO would otherwise wait for somebody to write to it.
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { throw UpdateFailure(SystemError("open \(path)")) }
        let descriptor = Descriptor(owning: number)
        let status = try Self.status(of: number, path)
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw UpdateFailure(.failed, "\(path) is not a regular file")
        }
        guard UInt64(status.st_size) <= CarouselObject.maximumSize else {
            throw UpdateFailure(
                .failed, "\(path) has more than \(CarouselObject.maximumSize) octets, the most that can be sent")
        }
        self.path = path
        size = UInt64(status.st_size)
        modified = status.st_mtim
        self.descriptor = descriptor
    }

    private static func status(of descriptor: Int32, _ path: String) throws -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw UpdateFailure(SystemError("stat \(path)")) }
        return status
    }

    /// Reads all of it.
    func hash() throws -> ContentHash {
        let hasher = ContentHasher()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var offset: UInt64 = 0
        while offset < size {
            let count = Int(min(UInt64(buffer.count), size - offset))
            try read(at: offset, into: &buffer, count: count)
            hasher.update(buffer.span.bytes.extracting(first: count))
            offset += UInt64(count)
        }
        try checkUnchanged()
        return hasher.finish()
    }

    /// Reads exactly `count` octets, which the buffer has room for.
    func read(at offset: UInt64, into buffer: inout [UInt8], count: Int) throws {
        var done = 0
        while done < count {
            let got = buffer.withUnsafeMutableBytes {
                pread(descriptor.number, $0.baseAddress.map { $0 + done }, count - done, off_t(offset) + off_t(done))
            }
            if got < 0 {
                if errno == EINTR { continue }
                throw UpdateFailure(SystemError("read \(path)"))
            }
            guard got > 0 else { throw Self.changed(path) }
            done += got
        }
    }

    /// Throws if the file is not what it was: the receivers could never verify it.
    func checkUnchanged() throws {
        let status = try Self.status(of: descriptor.number, path)
        guard UInt64(status.st_size) == size, status.st_mtim.tv_sec == modified.tv_sec,
            status.st_mtim.tv_nsec == modified.tv_nsec
        else { throw Self.changed(path) }
    }

    private static func changed(_ path: String) -> UpdateFailure {
        UpdateFailure(
            .failed,
            "\(path) was changed while it was being sent; replace it by renaming a new file over it, then start again")
    }
}
