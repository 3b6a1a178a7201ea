import Glibc
import LinuxSystem

/// A pipe whose ends are closed one by one.
final class Pipe {
    private var reading: Descriptor?
    private var writing: Descriptor?
    private var block = [UInt8](repeating: 0, count: 65536)

    init() throws {
        var ends: [Int32] = [-1, -1]
        try check("pipe", pipe2(&ends, O_CLOEXEC))
        reading = Descriptor(owning: ends[0])
        writing = Descriptor(owning: ends[1])
    }

    /// To give to a child.
    var writeEnd: Int32 { writing?.number ?? -1 }

    func closeWriting() { writing = nil }
    func closeReading() { reading = nil }

    /// What there is now, at most `limit` octets; nil at the end.
    func read(limit: Int = 65536) -> String? {
        let count = Glibc.read(reading?.number ?? -1, &block, min(limit, block.count))
        return count > 0 ? String(decoding: block[..<count], as: UTF8.self) : nil
    }

    /// Everything up to the end.
    func drain() -> String {
        var text = ""
        while let more = read() { text += more }
        return text
    }
}
