import CLinux
import Glibc
import LinuxSystem

/// Memory for one recvmmsg call, made once and used for every call, so that receiving allocates nothing.
struct MessageBatch: ~Copyable {
    let capacity: Int
    private let room: Int
    private let controlRoom: Int
    private let headers: UnsafeMutablePointer<mmsghdr>
    private let parts: UnsafeMutablePointer<iovec>
    private let names: UnsafeMutablePointer<sockaddr_storage>
    private let octets: UnsafeMutableRawPointer
    private let control: UnsafeMutableRawPointer

    /// - Parameters:
    ///   - room: octets kept of each message; what is longer is cut and marked so.
    ///   - control: octets for the ancillary data of each message, a multiple of 8.
    init(capacity: Int, room: Int, control controlRoom: Int) {
        self.capacity = capacity
        self.room = room
        self.controlRoom = controlRoom
        headers = .allocate(capacity: capacity)
        headers.initialize(repeating: mmsghdr(), count: capacity)
        parts = .allocate(capacity: capacity)
        names = .allocate(capacity: capacity)
        names.initialize(repeating: sockaddr_storage(), count: capacity)
        octets = .allocate(byteCount: capacity * room, alignment: 64)
        control = .allocate(byteCount: capacity * controlRoom, alignment: 16)
        for index in 0..<capacity {
            (parts + index).initialize(to: iovec(iov_base: octets + index * room, iov_len: room))
            headers[index].msg_hdr.msg_name = UnsafeMutableRawPointer(names + index)
            headers[index].msg_hdr.msg_iov = parts + index
            headers[index].msg_hdr.msg_iovlen = 1
            headers[index].msg_hdr.msg_control = control + index * controlRoom
        }
    }

    deinit {
        headers.deallocate()
        parts.deallocate()
        names.deallocate()
        octets.deallocate()
        control.deallocate()
    }

    /// Takes what waits in the socket, at most `capacity` messages and without blocking.
    ///
    /// - Returns: how many; fewer than `capacity` means that the socket was empty then.
    func receive(from socket: borrowing Descriptor, call: StaticString) throws(SystemError) -> Int {
        for index in 0..<capacity {  // the kernel wrote the lengths of the last call here
            headers[index].msg_hdr.msg_namelen = socklen_t(MemoryLayout<sockaddr_storage>.size)
            headers[index].msg_hdr.msg_controllen = controlRoom
        }
        while true {
            let count = recvmmsg(socket.number, headers, UInt32(capacity), Int32(MSG_DONTWAIT), nil)
            if count >= 0 { return Int(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return 0
            default: throw SystemError("\(call)")
            }
        }
    }

    /// The octets received in message `index`, valid until the next call of `receive`.
    func octets(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: octets + index * room, count: min(Int(headers[index].msg_len), room))
    }

    /// Whether message `index` was longer than the room for it.
    func wasCut(_ index: Int) -> Bool { headers[index].msg_hdr.msg_flags & Int32(MSG_TRUNC) != 0 }

    /// The header of message `index`, for what reads its ancillary data.
    func header(_ index: Int) -> UnsafeMutablePointer<msghdr> {
        UnsafeMutableRawPointer(headers + index).assumingMemoryBound(to: msghdr.self)  // the first member of mmsghdr
    }

    /// The sender of message `index`, as a structure of the socket's address family.
    func name<Address>(_ index: Int, as type: Address.Type) -> Address {
        UnsafeRawPointer(names + index).load(as: type)
    }
}
