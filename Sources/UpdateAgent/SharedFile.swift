import Glibc
import LinuxSystem

/// A file that several threads read and write at places of their own.
final class SharedFile: Sendable {
    let path: String
    private let descriptor: Descriptor

    init(owning descriptor: consuming Descriptor, path: String) {
        self.path = path
        self.descriptor = descriptor
    }

    var number: Int32 { descriptor.number }

    func write(_ octets: RawSpan, at offset: UInt64) throws(SystemError) {
        var done = 0
        while done < octets.byteCount {
            let put = octets.withUnsafeBytes {
                pwrite(
                    descriptor.number, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(offset) + off_t(done))
            }
            if put < 0 {
                if errno == EINTR { continue }
                throw SystemError("write \(path)")
            }
            done += put
        }
    }

    /// Reads until the buffer is full or the file ends: how many octets there were.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(SystemError) -> Int {
        var done = 0
        while done < buffer.count {
            let got = pread(
                descriptor.number, buffer.baseAddress.map { $0 + done }, buffer.count - done,
                off_t(offset) + off_t(done))
            if got < 0 {
                if errno == EINTR { continue }
                throw SystemError("read back \(path)")
            }
            if got == 0 { break }
            done += got
        }
        return done
    }

    /// The same into the first `count` octets of an array, or all of it.
    func read(_ count: Int? = nil, into octets: inout [UInt8], at offset: UInt64) throws(SystemError) -> Int {
        var span = octets.mutableSpan
        return try span.withUnsafeMutableBytes { (octets) throws(SystemError) in
            try read(into: UnsafeMutableRawBufferPointer(rebasing: octets[..<(count ?? octets.count)]), at: offset)
        }
    }

    /// Fills the whole buffer.
    func readAll(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(SystemError) {
        guard try read(into: buffer, at: offset) == buffer.count else {
            throw SystemError("read back \(path)", errno: EIO)
        }
    }

    func size() throws(SystemError) -> UInt64 {
        var status = stat()
        try check("stat \(path)", fstat(descriptor.number, &status))
        return UInt64(status.st_size)
    }

    func truncate(to size: UInt64) throws(SystemError) {
        try check("cut \(path)", ftruncate(descriptor.number, off_t(size)))
    }

    /// Whether nobody else has locked it; it stays locked until it is closed.
    ///
    /// Waits a moment: a program that is just being started still has what its parent had open.
    func lock() -> Bool {
        for _ in 0..<20 {
            if flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 { return true }
            usleep(5_000)
        }
        return false
    }

    /// Its contents are on the disk when this returns.
    func sync() throws(SystemError) { try check("write to disk \(path)", fdatasync(descriptor.number)) }
}
