import IPv6
import Timing

/// Puts the fragments of MLD packets together (RFC 8200 §4.5), in bounded memory and as Linux does it: fragments that overlap
/// end their packet (RFC 5722), repeated ones change nothing, and the first must hold all headers (RFC 7112).
struct FragmentReassembly: Sendable {
    /// A packet that is given up.
    struct Lost: Sendable {
        /// One of its fragments.
        var packet: IPv6Packet
        var isTooLong: Bool
    }

    /// Packets that are waited for. When another comes, the oldest is given up.
    static let capacity = 16
    /// From the first fragment that comes, in nanoseconds.
    static let lifetime: UInt64 = 60_000_000_000

    /// The most octets that the parts of one packet may have together.
    private let longest: Int
    /// The oldest first.
    private var packets: [Incomplete] = []
    private var lost: [Lost] = []

    init(longest: Int) { self.longest = longest }

    /// Those that seem to be MLD and still may become whole.
    var waiting: Int { packets.count { $0.state == .waiting && $0.isMLD } }

    /// Takes one fragment; what it completes comes back as a whole packet, from the IPv6 header on.
    ///
    /// - Parameters:
    ///   - packet: with `fragment`, and a payload that lies within `octets`.
    mutating func add(_ packet: IPv6Packet, _ octets: RawSpan, at now: Instant) -> [UInt8]? {
        guard let fragment = packet.fragment else { return nil }
        expire(at: now)
        let end = fragment.offset + packet.payload.count
        guard !packet.payload.isEmpty, fragment.isLast || packet.payload.count % 8 == 0, end <= 65_535 else {
            return nil
        }
        let key = Key(source: packet.source, destination: packet.destination, number: fragment.identification)
        let index = packets.firstIndex { $0.key == key } ?? begin(key, packet, at: now)
        let outcome = packets[index].add(packet, fragment, octets, longest: longest)
        switch outcome {
        case .waits: return nil
        case .refused(let isTooLong):
            if packets[index].isMLD { lost.append(Lost(packet: packet, isTooLong: isTooLong)) }
            return nil
        case .whole(let whole):
            packets.remove(at: index)
            return whole
        }
    }

    /// The next that was given up by `now`.
    mutating func nextLost(at now: Instant) -> Lost? {
        expire(at: now)
        return lost.isEmpty ? nil : lost.removeFirst()
    }

    private mutating func begin(_ key: Key, _ packet: IPv6Packet, at now: Instant) -> Int {
        if packets.count == Self.capacity { giveUpOldest() }
        packets.append(Incomplete(key: key, packet: packet, expires: now + Self.lifetime))
        return packets.count - 1
    }

    private mutating func expire(at now: Instant) {
        while let oldest = packets.first, oldest.expires <= now { giveUpOldest() }
    }

    private mutating func giveUpOldest() {
        let oldest = packets.removeFirst()
        guard oldest.state == .waiting && oldest.isMLD else { return }
        lost.append(Lost(packet: oldest.packet, isTooLong: false))
    }
}

extension FragmentReassembly {
    struct Key: Equatable, Sendable {
        var source: IPv6Address
        var destination: IPv6Address
        var number: UInt32
    }

    enum Outcome {
        case waits
        case refused(isTooLong: Bool)
        case whole([UInt8])
    }

    /// A packet of which some fragments have come.
    struct Incomplete: Sendable {
        enum State: Sendable { case waiting, refused }

        let key: Key
        /// Its first fragment to come.
        let packet: IPv6Packet
        let expires: Instant
        var state = State.waiting
        /// As far as can be seen.
        var isMLD: Bool
        /// Headers before the fragment header, from the first fragment.
        private var head: [UInt8] = []
        private var data: [UInt8] = []
        /// What of the data is there: sorted, with gaps between.
        private var ranges: [Range<Int>] = []
        /// Of the data, from the last fragment.
        private var length: Int?

        init(key: Key, packet: IPv6Packet, expires: Instant) {
            (self.key, self.packet, self.expires) = (key, packet, expires)
            isMLD = packet.looksLikeMLD
        }

        mutating func add(_ packet: IPv6Packet, _ fragment: IPv6Fragment, _ octets: RawSpan, longest: Int) -> Outcome {
            guard state == .waiting else { return .waits }
            let range = fragment.offset..<fragment.offset + packet.payload.count
            if fragment.offset == 0 {
                switch beginning(packet, fragment, octets) {
                case .incomplete: return .waits
                case .mld: isMLD = true
                case .other:
                    // Kept, so that what follows is recognized.
                    isMLD = false
                    return refuse(isTooLong: false)
                }
            }
            guard range.upperBound <= longest else { return refuse(isTooLong: true) }
            guard fits(range, isLast: fragment.isLast) else { return refuse(isTooLong: false) }
            if fragment.isLast { length = range.upperBound }
            guard !ranges.contains(where: { $0.contains(range.lowerBound) && range.upperBound <= $0.upperBound }) else {
                return .waits
            }
            guard !ranges.contains(where: { $0.overlaps(range) }) else { return refuse(isTooLong: false) }
            if data.count < range.upperBound {
                data += [UInt8](repeating: 0, count: range.upperBound - data.count)
            }
            for place in range { data[place] = octets.octet(at: packet.payload.lowerBound + place - range.lowerBound) }
            insert(range)
            if fragment.offset == 0 { head = Self.head(of: packet, fragment, octets, length: 0) }
            guard let length, ranges == [0..<length] else { return .waits }
            let count = head.count - 40 + length
            head[4] = UInt8(truncatingIfNeeded: count >> 8)
            head[5] = UInt8(truncatingIfNeeded: count)
            return .whole(head + data)
        }

        /// Whether the end of this fragment and the end of the packet agree.
        private func fits(_ range: Range<Int>, isLast: Bool) -> Bool {
            if let length { return isLast ? range.upperBound == length : range.upperBound <= length }
            return !isLast || range.upperBound >= ranges.last?.upperBound ?? 0
        }

        private mutating func refuse(isTooLong: Bool) -> Outcome {
            state = .refused
            (head, data, ranges) = ([], [], [])
            return .refused(isTooLong: isTooLong)
        }

        private mutating func insert(_ range: Range<Int>) {
            let index = ranges.firstIndex { $0.lowerBound > range.lowerBound } ?? ranges.count
            ranges.insert(range, at: index)
            var merged: [Range<Int>] = []
            for range in ranges {
                if let last = merged.last, last.upperBound == range.lowerBound {
                    merged[merged.count - 1] = last.lowerBound..<range.upperBound
                } else {
                    merged.append(range)
                }
            }
            ranges = merged
        }

        private enum Beginning { case mld, other, incomplete }

        /// What the first fragment begins; incomplete without all headers and those of ICMPv6.
        private func beginning(_ packet: IPv6Packet, _ fragment: IPv6Fragment, _ octets: RawSpan) -> Beginning {
            let whole =
                Self.head(of: packet, fragment, octets, length: packet.payload.count)
                + octets.extracting(packet.payload).withUnsafeBytes { Array($0) }
            guard let parsed = try? IPv6Packet(parsing: whole.span.bytes), parsed.fragment == nil else {
                return .incomplete
            }
            guard parsed.nextHeader == IPv6Packet.icmpv6 else { return .other }
            guard parsed.payload.count >= 8 else { return .incomplete }
            return MLDMessageType(rawValue: whole[parsed.payload.lowerBound]) == nil ? .other : .mld
        }

        /// The headers before the fragment header, as if it had never been there, with so many octets to follow.
        private static func head(of packet: IPv6Packet, _ fragment: IPv6Fragment, _ octets: RawSpan, length: Int)
            -> [UInt8]
        {
            var head = octets.extracting(0..<fragment.unfragmentable).withUnsafeBytes { Array($0) }
            head[fragment.naming] = fragment.nextHeader
            let count = head.count - 40 + length
            head[4] = UInt8(truncatingIfNeeded: count >> 8)
            head[5] = UInt8(truncatingIfNeeded: count)
            return head
        }
    }
}
