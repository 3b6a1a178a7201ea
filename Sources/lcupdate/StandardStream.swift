import Glibc
import LinuxSystem

enum StandardStream {
    /// Writes all at once and at once: whoever reads must not wait for a buffer to fill.
    static func write(_ text: String, to descriptor: Int32) throws(SystemError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError("write to standard \(descriptor == STDOUT_FILENO ? "output" : "error")")
            }
            rest = rest.dropFirst(count)
        }
    }
}
