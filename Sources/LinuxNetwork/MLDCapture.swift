import CLibPcap
import CLinux
import Glibc
import IPv6
import LinuxSystem

/// MLD as it passes on one Ethernet interface, by libpcap: all of it, to whatever group, bad checksums included.
///
/// What this host itself sends is left out, so its own listeners on the interface are not heard.
public struct MLDCapture: ~Copyable {
    /// The interface's name when the capture was opened.
    public let name: String
    /// The interface's index.
    public let interface: Int32
    /// To be watched for readability.
    public let descriptor: Int32

    private let pcap: lc_pcap
    private let handle: OpaquePointer
    private let cut: Counter

    private static let ethernetHeader = 14

    /// Query, v1 report, done and v2 report, right behind the IPv6 header or behind hop-by-hop options of any length.
    static let filter = """
        ip6 and ((ip6[6] = 58 and (ip6[40] = 143 or (ip6[40] >= 130 and ip6[40] <= 132))) or \
        (ip6[6] = 0 and ip6[40] = 58 and \
        (ip6[48 + (ip6[41] << 3)] = 143 or (ip6[48 + (ip6[41] << 3)] >= 130 and ip6[48 + (ip6[41] << 3)] <= 132))))
        """

    /// Opens the interface: not promiscuous, but with all multicast frames.
    ///
    /// - Parameters:
    ///   - mtu: of the interface, which bounds what a frame can hold.
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
        cut = Counter()
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

    /// Frames that the kernel dropped because the ring was full.
    public var drops: UInt32 {
        var statistics = pcap_stat()
        _ = pcap.stats(handle, &statistics)
        return statistics.ps_drop
    }

    /// Frames left aside because they were longer than the MTU given.
    public var tooLong: Int { cut.value }

    /// Hands over what has arrived, until nothing is left or `limit` is reached. Allocates nothing. The octets are the
    /// ICMPv6 message, valid during the call of `body`. What is no whole IPv6 packet with MLD in it is left out.
    ///
    /// - Returns: how many frames were taken from the ring.
    /// - Throws: when the interface is gone; the capture is to be closed then. An interface that is only down is no error.
    @discardableResult
    public func receive(limit: Int = 1024, _ body: (_ octets: RawSpan, _ arrival: MLDArrival) -> Void)
        throws(CaptureError) -> Int
    {
        var total = 0
        while total < limit {
            var header: UnsafeMutablePointer<pcap_pkthdr>?
            var octets: UnsafePointer<UInt8>?
            let status = pcap.next_ex(handle, &header, &octets)
            if status == 0 { break }
            guard status > 0, let header, let octets else { throw Self.failure(pcap, handle, name, "pcap_next_ex") }
            total += 1
            if header.pointee.caplen < header.pointee.len {
                cut.value += 1
                continue
            }
            deliver(UnsafeRawBufferPointer(start: octets, count: Int(header.pointee.caplen)).bytes, body)
        }
        return total
    }

    private func deliver(_ frame: RawSpan, _ body: (_ octets: RawSpan, _ arrival: MLDArrival) -> Void) {
        let start = Self.ethernetHeader
        guard frame.byteCount > start,
            UInt16(bigEndian: frame.unsafeLoadUnaligned(fromByteOffset: start - 2, as: UInt16.self)) == ETHERTYPE_IPV6,
            let packet = try? IPv6Packet(parsing: frame.extracting(start..<frame.byteCount)),
            packet.nextHeader == IPv6Packet.icmpv6, !packet.payload.isEmpty
        else { return }
        let message = frame.extracting(start + packet.payload.lowerBound..<start + packet.payload.upperBound)
        guard MLDSocket.types.contains(message.unsafeLoad(fromByteOffset: 0, as: UInt8.self)) else { return }
        var checksum = InternetChecksum(
            source: packet.source, destination: packet.destination, length: message.byteCount,
            nextHeader: IPv6Packet.icmpv6)
        checksum.add(message)
        body(
            message,
            MLDArrival(
                source: packet.source, destination: packet.destination, hopLimit: packet.hopLimit,
                routerAlert: packet.routerAlert, interface: interface, checksumValid: checksum.value == 0))
    }
}
