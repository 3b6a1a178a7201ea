import CLinux
import Glibc
import LinuxSystem

extension Descriptor {
    /// setsockopt with a plain value or structure of C. `name` is for the error.
    func setOption<Value>(_ level: Int32, _ option: Int32, _ value: Value, _ name: StaticString)
        throws(SystemError)
    {
        let status = withUnsafeBytes(of: value) { octets in
            setsockopt(number, level, option, octets.baseAddress, socklen_t(octets.count))
        }
        try check("setsockopt \(name)", status)
    }

    /// Asks for a receive buffer of `octets`, past net.core.rmem_max where that is permitted.
    ///
    /// - Returns: what the socket has now, as the kernel counts it: twice the data, for bookkeeping.
    func enlargeReceiveBuffer(to octets: Int) throws(SystemError) -> Int {
        var wanted = Int32(clamping: octets)
        let size = socklen_t(MemoryLayout<Int32>.size)
        if setsockopt(number, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, size) < 0 {
            try setOption(SOL_SOCKET, SO_RCVBUF, wanted, "SO_RCVBUF")
        }
        var got: Int32 = 0
        var length = size
        try check("getsockopt SO_RCVBUF", getsockopt(number, SOL_SOCKET, SO_RCVBUF, &got, &length))
        return Int(got)
    }

    /// Messages that the kernel dropped because the receive buffer was full, since the socket was made; wraps at 2³².
    var receiveDrops: UInt32 {
        let count = Int(SK_MEMINFO_DROPS) + 1
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { values in
            values.initialize(repeating: 0)
            var length = socklen_t(count * MemoryLayout<UInt32>.size)
            getsockopt(number, SOL_SOCKET, SO_MEMINFO, values.baseAddress, &length)
            return values[count - 1]
        }
    }
}
