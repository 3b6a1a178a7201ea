import Glibc
import LinuxSystem

extension Descriptor {
    /// Writes all octets at a place of a file.
    func writeAll(_ octets: [UInt8], at offset: UInt64, _ path: String) throws(SystemError) {
        try writeAll(octets.span.bytes, at: offset, path)
    }

    /// Writes all octets at a place of a file.
    func writeAll(_ octets: RawSpan, at offset: UInt64, _ path: String) throws(SystemError) {
        var done = 0
        while done < octets.byteCount {
            let put = octets.withUnsafeBytes {
                pwrite(number, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(offset) + off_t(done))
            }
            if put < 0 {
                if errno == EINTR { continue }
                throw SystemError("write \(path)")
            }
            done += put
        }
    }

    /// Reads from a place of a file until the buffer is full or the file ends: how many octets there were.
    func readAvailable(
        into buffer: inout [UInt8], at offset: UInt64, _ path: String
    ) throws(SystemError) -> Int {
        let count = buffer.count
        return try buffer.withMutableBytes { (bytes) throws(SystemError) in
            try readAvailable(into: &bytes, count: count, at: offset, path)
        }
    }

    /// Reads from a place of a file until there are `count` octets, for which the buffer has room, or the file ends: how many
    /// there were.
    func readAvailable(
        into buffer: inout MutableRawSpan, count: Int, at offset: UInt64, _ path: String
    ) throws(SystemError) -> Int {
        var done = 0
        while done < count {
            let got = buffer.withUnsafeMutableBytes {
                pread(number, $0.baseAddress.map { $0 + done }, count - done, off_t(offset) + off_t(done))
            }
            if got < 0 {
                if errno == EINTR { continue }
                throw SystemError("read \(path)")
            }
            if got == 0 { break }
            done += got
        }
        return done
    }
}
