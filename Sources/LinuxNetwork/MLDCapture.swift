import CLibPcap
import CLinux
import Glibc
import IPv6
import LinuxSystem
public import MLD
public import Timing

/// MLD as it passes on one Ethernet interface, by libpcap: all of it, to whatever group, bad checksums included.
///
/// What this host itself sends is left out, so its own listeners on the interface are not heard. So are frames to other hosts
/// and those of other VLANs, which are another link; priority tags (VLAN 0) are none.
public struct MLDCapture: ~Copyable {
    /// The interface's name when the capture was opened.
    public let name: String
    /// The interface's index.
    public let interface: Int32
    /// To be watched for readability.
    public let descriptor: Int32

    private let pcap: lc_pcap
    private let handle: OpaquePointer
    private let state: State

    /// Apart, so that `receive` needs no exclusive access: its body may use this capture.
    private final class State {
        var reader: MLDPacketReader
        var drops: UInt32 = 0
        init(_ reader: MLDPacketReader) { self.reader = reader }
    }

    private static let ethernetHeader = 14

    /// All that may turn out to be MLD, and of the traffic of hosts and streams as little as can be had in a few instructions:
    /// with hop-by-hop options before ICMPv6 or another extension header; with destination options, a routing header or
    /// as a fragment, if ICMPv6 or another extension header follows; and right behind the IPv6 header by its type.
    /// The kernel has taken the outer VLAN tag off the frames that the filter sees.
    static let filter = """
        ip6 and ((ip6[6] = 58 and (ip6[40] = 143 or (ip6[40] >= 130 and ip6[40] <= 132))) or \
        ((ip6[6] = 0 or ip6[6] = 60 or ip6[6] = 43 or ip6[6] = 44) and \
        (ip6[40] = 58 or ip6[40] = 60 or ip6[40] = 43 or ip6[40] = 44)))
        """

    /// Opens the interface: not promiscuous, but with all multicast frames.
    ///
    /// - Parameters:
    ///   - mtu: of the interface, which bounds what a frame can hold; of a longer one the rest is cut off.
    ///   - bufferSize: octets of the ring that the kernel fills; it counts as memory of this process.
    public init(interface: Int32, mtu: Int = 1500, bufferSize: Int = 8 << 20) throws(CaptureError) {
        var octets = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard let found = if_indextoname(UInt32(bitPattern: interface), &octets) else {
            throw .noSuchInterface("interface index \(interface)")
        }
        let name = String(cString: found)
        let pcap = try Self.library()
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = pcap.create(name, &message) else {
            let reason = String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            throw .failed(call: "pcap_create", interface: name, reason: reason)
        }
        let descriptor: Int32
        do {
            descriptor = try Self.prepare(
                pcap, handle, name, interface, frame: max(mtu, 1280) + Self.ethernetHeader + 4, bufferSize: bufferSize)
        } catch {
            pcap.close(handle)
            throw error
        }
        self.pcap = pcap
        self.handle = handle
        self.descriptor = descriptor
        state = State(MLDPacketReader(interface: interface))
        self.name = name
        self.interface = interface
    }

    deinit { pcap.close(handle) }

    /// libpcap, loaded when it is first needed.
    private static func library() throws(CaptureError) -> lc_pcap {
        var missing: UnsafePointer<CChar>?
        guard let library = lc_pcap_load(&missing) else {
            throw .noLibrary(missing.map { String(cString: $0) } ?? "libpcap.so")
        }
        return library.pointee
    }

    private static func prepare(
        _ pcap: lc_pcap, _ handle: OpaquePointer, _ name: String, _ interface: Int32, frame: Int, bufferSize: Int
    ) throws(CaptureError) -> Int32 {
        _ = pcap.set_snaplen(handle, Int32(clamping: frame))  // small frames, many of them in the ring
        _ = pcap.set_promisc(handle, 0)
        _ = pcap.set_immediate_mode(handle, 1)
        _ = pcap.set_buffer_size(handle, Int32(clamping: bufferSize))
        let status = pcap.activate(handle)  // positive: a warning
        switch status {
        case ..<0 where status == PCAP_ERROR_PERM_DENIED: throw .notPermitted(interface: name)
        case ..<0 where status == PCAP_ERROR_NO_SUCH_DEVICE: throw .noSuchInterface(name)
        case ..<0: throw failure(pcap, handle, name, "pcap_activate")
        default: break
        }
        let type = pcap.datalink(handle)
        guard type == DLT_EN10MB else {
            let label = pcap.datalink_val_to_name(type).map { String(cString: $0) } ?? "\(type)"
            throw .linkType(label, interface: name)
        }
        var program = bpf_program()
        guard pcap.compile(handle, &program, filter, 1, bpf_u_int32(PCAP_NETMASK_UNKNOWN)) == 0 else {
            throw failure(pcap, handle, name, "pcap_compile")
        }
        defer { pcap.freecode(&program) }
        guard pcap.setfilter(handle, &program) == 0 else { throw failure(pcap, handle, name, "pcap_setfilter") }
        guard pcap.setdirection(handle, PCAP_D_IN) == 0 else { throw failure(pcap, handle, name, "pcap_setdirection") }
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard pcap.setnonblock(handle, 1, &message) == 0 else { throw failure(pcap, handle, name, "pcap_setnonblock") }
        let descriptor = pcap.get_selectable_fd(handle)
        guard descriptor >= 0 else { throw failure(pcap, handle, name, "pcap_get_selectable_fd") }
        // In the kernel, frames to other hosts are left out, too, which are seen where somebody has made the interface
        // promiscuous. The language of libpcap has no word for it, and its own interpreter does not know the instruction.
        guard lc_attach_filter_for_own(descriptor, program.bf_insns, UInt16(clamping: program.bf_len)) == 0 else {
            throw .failed(call: "SO_ATTACH_FILTER", interface: name, reason: String(cString: strerror(errno)))
        }
        // MLDv1 reports go to the group itself. The kernel undoes this when the descriptor is closed.
        var request = packet_mreq()
        request.mr_ifindex = interface
        request.mr_type = UInt16(PACKET_MR_ALLMULTI)
        let size = socklen_t(MemoryLayout.size(ofValue: request))
        guard setsockopt(descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, size) == 0 else {
            throw .failed(call: "PACKET_MR_ALLMULTI", interface: name, reason: String(cString: strerror(errno)))
        }
        return descriptor
    }

    private static func failure(_ pcap: lc_pcap, _ handle: OpaquePointer, _ name: String, _ call: String)
        -> CaptureError
    {
        .failed(call: call, interface: name, reason: pcap.geterr(handle).map { String(cString: $0) } ?? "")
    }

    /// Frames that the kernel dropped because the ring was full, since this was last asked.
    public func takeDrops() -> UInt64 {
        var statistics = pcap_stat()
        guard pcap.stats(handle, &statistics) == 0 else { return 0 }
        defer { state.drops = statistics.ps_drop }
        return UInt64(statistics.ps_drop &- state.drops)
    }

    /// Hands over what has arrived, until nothing is left or `limit` is reached. Allocates nothing but for fragments. The
    /// octets are the ICMPv6 message, valid during the call of `body`; what is wrong with a message, and so to be counted
    /// only, the arrival says. What is no MLD is left out.
    ///
    /// - Parameter now: when fragments that wait for others are as old as they may get.
    /// - Returns: how many frames were taken from the ring.
    /// - Throws: when the interface is gone; the capture is to be closed then. An interface that is only down is no error.
    @discardableResult
    public func receive(
        limit: Int = 1024, at now: Instant = .now, _ body: (_ octets: RawSpan, _ arrival: MLDArrival) -> Void
    ) throws(CaptureError) -> Int {
        var total = 0
        while total < limit {
            var header: UnsafeMutablePointer<pcap_pkthdr>?
            var octets: UnsafePointer<UInt8>?
            let status = pcap.next_ex(handle, &header, &octets)
            if status == 0 { break }
            guard status > 0, let header, let octets else { throw Self.failure(pcap, handle, name, "pcap_next_ex") }
            total += 1
            deliver(
                UnsafeRawBufferPointer(start: octets, count: Int(header.pointee.caplen)).bytes,
                isCut: header.pointee.caplen < header.pointee.len, at: now, body)
        }
        return total
    }

    private func deliver(
        _ frame: RawSpan, isCut: Bool, at now: Instant, _ body: (_ octets: RawSpan, _ arrival: MLDArrival) -> Void
    ) {
        // Of another VLAN: that is another link.
        guard case .ipv6(let start, link: CapturedLink()) = LinkLayer.ethernet.content(of: frame) else { return }
        let packet = frame.extracting(start..<frame.byteCount)
        switch state.reader.read(packet, isCut: isCut, at: now) {
        case .other: break
        case .message(let place, let arrival): body(packet.extracting(place), arrival)
        case .reassembled(let whole, let place, let arrival): body(whole.span.bytes.extracting(place), arrival)
        }
        while let lost = state.reader.nextLost(at: now) { body(RawSpan(), lost) }
    }
}
