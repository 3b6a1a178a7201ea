import IPv6
public import Timing

/// Finds the MLD messages among the IPv6 packets of one link, as they are on the wire. What a raw ICMPv6 socket has from the
/// kernel is done here: headers are walked, fragments put together, checksums verified.
public struct MLDPacketReader: Sendable {
    /// What a packet is to a router that listens for MLD.
    public enum Reading {
        /// Another protocol, headers that every node discards, or a fragment that waits for others.
        case other
        /// MLD, and where in the packet the message is.
        case message(Range<Int>, MLDArrival)
        /// MLD, of which this packet was the last fragment to come: the whole packet, and where in it the message is.
        case reassembled([UInt8], Range<Int>, MLDArrival)
    }

    /// The index of the link's interface, for the arrivals; 0 for none.
    public let interface: Int32
    /// Extension headers may be divided too.
    private var reassembly = FragmentReassembly(longest: MLDArrival.longestMessage + 2048)

    public init(interface: Int32 = 0) { self.interface = interface }

    /// - Parameters:
    ///   - octets: from the IPv6 header on, link-layer padding included.
    ///   - isCut: the capture does not hold the rest of the frame.
    public mutating func read(_ octets: RawSpan, isCut: Bool = false, at now: Instant) -> Reading {
        let packet: IPv6Packet
        do {
            packet = try IPv6Packet(parsingHeadersOf: octets)
        } catch {
            return isCut ? Self.beginning(of: octets, interface) : .other
        }
        let isWhole = packet.payload.upperBound <= octets.byteCount
        guard isWhole || isCut else { return .other }  // it was sent like that
        if let fragment = packet.fragment, !fragment.isAtomic {
            return isWhole ? add(packet, octets, at: now) : cut(packet)
        }
        guard packet.nextHeader == IPv6Packet.icmpv6, !packet.payload.isEmpty else { return .other }
        guard packet.payload.lowerBound < octets.byteCount else { return cut(packet) }
        let place = packet.payload.clamped(to: 0..<octets.byteCount)
        guard let arrival = MLDArrival(packet, octets.extracting(place), interface) else { return .other }
        return .message(place, arrival)
    }

    /// A packet whose message's type is not there.
    private func cut(_ packet: IPv6Packet) -> Reading {
        packet.looksLikeMLD ? .message(0..<0, MLDArrival(packet, interface: interface, defect: .cut)) : .other
    }

    /// The next of the messages whose fragments are given up; nil when there are no more. To be asked after each packet.
    public mutating func nextLost(at now: Instant) -> MLDArrival? {
        reassembly.nextLost(at: now).map {
            MLDArrival($0.packet, interface: interface, defect: $0.isTooLong ? .tooLong : .fragment)
        }
    }

    /// Messages of which fragments are waiting for others.
    public var waiting: Int { reassembly.waiting }

    private mutating func add(_ packet: IPv6Packet, _ octets: RawSpan, at now: Instant) -> Reading {
        guard let whole = reassembly.add(packet, octets, at: now),
            let packet = try? IPv6Packet(parsing: whole.span.bytes),
            let arrival = MLDArrival(packet, whole.span.bytes.extracting(packet.payload), interface)
        else { return .other }
        return .reassembled(whole, packet.payload, arrival)
    }

    /// A packet that is cut within its headers, or whose headers make no sense.
    private static func beginning(of octets: RawSpan, _ interface: Int32) -> Reading {
        // As if it had nothing behind the IPv6 header: what it claims to have is what is looked at.
        guard octets.byteCount >= 40, octets.byteCount < 40 + Int(octets.word(at: 4)), octets.octet(at: 0) >> 4 == 6
        else { return .other }
        let arrival = MLDArrival(
            source: IPv6Address(octets, at: 8), destination: IPv6Address(octets, at: 24),
            hopLimit: octets.octet(at: 7), routerAlert: false, interface: interface, defect: .cut)
        let begins = [0, 44, 60, IPv6Packet.icmpv6].contains(octets.octet(at: 6))
        return begins && arrival.hopLimit == 1 && arrival.destination.isMulticast ? .message(0..<0, arrival) : .other
    }
}

extension MLDArrival {
    fileprivate init?(_ packet: IPv6Packet, _ message: RawSpan, _ interface: Int32) {
        self.init(
            message, length: packet.payload.count, from: packet.source, to: packet.destination,
            hopLimit: packet.hopLimit, routerAlert: packet.routerAlert, interface: interface)
    }
}

extension IPv6Packet {
    /// Where the message's type is not to be seen: to a multicast address with hop limit 1 goes little else.
    var looksLikeMLD: Bool { hopLimit == 1 && destination.isMulticast }
}
