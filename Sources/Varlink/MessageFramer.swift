import Glibc
import LinuxSystem

/// Cuts the octets of a stream into messages that end with NUL.
struct MessageFramer {
    /// A message longer than allowed.
    struct TooLong: Error {}

    /// What a read has brought.
    enum Arrival {
        case octets
        case nothing
        case end
    }

    /// The longest message, without its NUL.
    let limit: Int
    private var buffer: [UInt8] = []
    /// Where the first message that has not been taken begins.
    private var start = 0
    /// No NUL lies between `start` and here.
    private var searched = 0

    init(limit: Int) { self.limit = limit }

    /// Octets that are held.
    var count: Int { buffer.count - start }

    /// Takes the first complete message, without its NUL; nil if there is none yet.
    mutating func next() throws(TooLong) -> [UInt8]? {
        guard let end = firstNUL() else {
            searched = buffer.count
            if count > limit { throw TooLong() }
            compact()
            return nil
        }
        guard end - start <= limit else { throw TooLong() }
        let message = Array(buffer[start..<end])
        start = end + 1
        searched = start
        return message
    }

    mutating func append(_ octets: some Collection<UInt8>) {
        // Also while there is always a message left to take: what has been taken must not pile up.
        if start > buffer.count / 2 { compact() }
        buffer.append(contentsOf: octets)
    }

    /// Reads once from a socket, at most as much as `scratch` holds.
    mutating func receive(from descriptor: Int32, scratch: inout [UInt8], flags: Int32 = 0) throws(SystemError)
        -> Arrival
    {
        while true {
            let count = recv(descriptor, &scratch, scratch.count, flags)
            if count > 0 {
                append(scratch[..<count])
                return .octets
            }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothing
            default: throw SystemError("recv")
            }
        }
    }

    private func firstNUL() -> Int? {
        let offset = buffer[searched...].withUnsafeBytes { rest -> Int? in
            guard let base = rest.baseAddress, let found = memchr(base, 0, rest.count) else { return nil }
            return UnsafeRawPointer(found) - base
        }
        return offset.map { searched + $0 }
    }

    private mutating func compact() {
        guard start > 0 else { return }
        buffer.removeSubrange(..<start)
        searched -= start
        start = 0
    }
}
