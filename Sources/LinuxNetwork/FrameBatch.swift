import CLinux
import Glibc

/// Ethernet frames to be sent together, in memory that is made once: sending them again costs no copy.
public struct FrameBatch: ~Copyable {
    public let capacity: Int
    /// The longest frame that fits, in octets.
    public let room: Int
    public private(set) var count = 0
    private let headers: UnsafeMutablePointer<mmsghdr>
    private let parts: UnsafeMutablePointer<iovec>
    private let octets: UnsafeMutableRawPointer

    public init(capacity: Int, room: Int) {
        self.capacity = max(capacity, 1)
        self.room = max(room, 1)
        headers = .allocate(capacity: self.capacity)
        headers.initialize(repeating: mmsghdr(), count: self.capacity)
        parts = .allocate(capacity: self.capacity)
        octets = .allocate(byteCount: self.capacity * self.room, alignment: 64)
        for index in 0..<self.capacity {
            (parts + index).initialize(to: iovec(iov_base: octets + index * self.room, iov_len: 0))
            headers[index].msg_hdr.msg_iov = parts + index
            headers[index].msg_hdr.msg_iovlen = 1
        }
    }

    deinit {
        headers.deallocate()
        parts.deallocate()
        octets.deallocate()
    }

    /// Copies a frame, Ethernet header first. False, and nothing is added, if the batch is full or the frame too long.
    public mutating func append(_ frame: RawSpan) -> Bool {
        guard count < capacity, frame.byteCount <= room else { return false }
        frame.withUnsafeBytes { source in
            if let start = source.baseAddress {
                (octets + count * room).copyMemory(from: start, byteCount: source.count)
            }
        }
        parts[count].iov_len = frame.byteCount
        count += 1
        return true
    }

    public mutating func removeAll() { count = 0 }

    /// sendmmsg of the frames in `range`, which lies within `count`.
    func send(_ range: Range<Int>, to socket: Int32) -> Int32 {
        sendmmsg(socket, headers + range.lowerBound, UInt32(range.count), Int32(MSG_DONTWAIT))
    }
}
