import Glibc
import LinuxSystem

/// A file that is read and must stay as it was when it was opened.
struct InputFile: ~Copyable {
    let path: String
    let size: UInt64
    private let descriptor: Descriptor
    private let modified: timespec

    init(path: String) throws(UpdateFileError) {
        // Not blocking: opening a FIFO would otherwise wait for somebody to write to it.
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { throw .system(SystemError("open \(path)")) }
        let descriptor = Descriptor(owning: number)
        let status = try Self.status(of: number, path)
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path) }
        self.path = path
        size = UInt64(status.st_size)
        modified = status.st_mtim
        self.descriptor = descriptor
    }

    private static func status(of descriptor: Int32, _ path: String) throws(UpdateFileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(SystemError("stat \(path)")) }
        return status
    }

    /// Reads `count` octets, for which the buffer has room, or throws if the file is too short.
    func read(at offset: UInt64, count: Int, into buffer: inout MutableRawSpan) throws(UpdateFileError) {
        do throws(SystemError) {
            let got = try descriptor.readAvailable(into: &buffer, count: count, at: offset, path)
            guard got < count else { return }
        } catch {
            throw .system(error)
        }
        throw .changed(path)
    }

    /// Hands out `range` of the file in pieces of at most 1 MiB.
    func forEachPiece(
        _ range: Range<UInt64>, _ body: (RawSpan) -> Void
    ) throws(UpdateFileError) {
        var buffer = [UInt8](repeating: 0, count: Int(min(UInt64(range.count), 1 << 20)))
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = Int(min(UInt64(buffer.count), range.upperBound - offset))
            try buffer.withMutableBytes { (bytes) throws(UpdateFileError) in
                try read(at: offset, count: count, into: &bytes)
            }
            body(buffer.span.bytes.extracting(first: count))
            offset += UInt64(count)
        }
    }

    /// Throws if the file is not what it was when it was opened.
    func checkUnchanged() throws(UpdateFileError) {
        let status = try Self.status(of: descriptor.number, path)
        guard UInt64(status.st_size) == size, status.st_mtim.tv_sec == modified.tv_sec,
            status.st_mtim.tv_nsec == modified.tv_nsec
        else { throw .changed(path) }
    }

    /// Whether another path leads to the same file.
    func isSame(as other: String) -> Bool {
        var (mine, theirs) = (stat(), stat())
        guard fstat(descriptor.number, &mine) == 0, stat(other, &theirs) == 0 else { return false }
        return mine.st_dev == theirs.st_dev && mine.st_ino == theirs.st_ino
    }
}
