import IPv6

/// Frames in a form that a host, a switch or an attacker may give to MLD, and what every ear of a router is to make of them.
struct FrameVariation: Sendable {
    enum Ear: Hashable, CaseIterable, Sendable { case socket, capture, file }

    /// An extension header before the message.
    enum Header: Sendable {
        case hopByHop([UInt8])
        case destinationOptions([UInt8])
        case routing
        case atomicFragment

        var kind: UInt8 {
            switch self {
            case .hopByHop: 0
            case .destinationOptions: 60
            case .routing: 43
            case .atomicFragment: 44
            }
        }

        func octets(before next: UInt8) -> [UInt8] {
            switch self {
            case .hopByHop(let options), .destinationOptions(let options):
                [next, UInt8((options.count + 2) / 8 - 1)] + options
            case .routing: [next, 0, 0, 0, 0, 0, 0, 0]
            case .atomicFragment: [next, 0, 0, 0, 1, 2, 3, 4]
            }
        }
    }

    var name: String
    var frames: [[UInt8]]
    /// `group` where it is joined, the reason where it is counted as an error, "" where it is nothing.
    var verdict: String
    /// What one ear cannot have, see docs/mld.md.
    var exceptions: [Ear: String] = [:]

    init(_ name: String, _ frames: [[UInt8]], _ verdict: String, except exceptions: [Ear: String] = [:]) {
        (self.name, self.frames, self.verdict, self.exceptions) = (name, frames, verdict, exceptions)
    }

    init(_ name: String, _ frame: [UInt8], _ verdict: String, except exceptions: [Ear: String] = [:]) {
        self.init(name, [frame], verdict, except: exceptions)
    }

    func verdict(of ear: Ear) -> String { exceptions[ear] ?? verdict }

    // MARK: making them

    static let source = IPv6Address(high: 0xfe80_0000_0000_0000, low: 9)
    static let group = IPv6Address(high: 0xff1e_0000_0000_0000, low: 0x77)
    static let alert: [UInt8] = [5, 2, 0, 0, 1, 0]

    /// A report that its sender changes to EXCLUDE of nothing, with `tail` more octets, which are to be ignored.
    static func report(of group: IPv6Address = group, tail: Int = 0) -> [UInt8] {
        [143, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0] + group.octets + [UInt8](repeating: 7, count: tail)
    }

    /// The message with its checksum, behind these headers: the kind of the first one, and all octets.
    private static func chain(_ message: [UInt8], _ headers: [Header], to destination: IPv6Address) -> (UInt8, [UInt8])
    {
        var message = message
        var checksum = InternetChecksum(
            source: source, destination: destination, length: message.count, nextHeader: 58)
        checksum.add(message.span.bytes)
        if message.count >= 4 {
            message[2] = UInt8(checksum.value >> 8)
            message[3] = UInt8(truncatingIfNeeded: checksum.value)
        }
        var (next, octets) = (58 as UInt8, message)
        for header in headers.reversed() {
            octets = header.octets(before: next) + octets
            next = header.kind
        }
        return (next, octets)
    }

    private static func ethernet(
        _ next: UInt8, _ payload: [UInt8], to destination: IPv6Address, tags: [UInt8], hopLimit: UInt8
    ) -> [UInt8] {
        let length = UInt16(payload.count)
        let addresses: [UInt8] = [0x33, 0x33] + destination.octets[12...] + [2, 0, 0, 0, 0, 9]
        let header = [0x60, 0, 0, 0, UInt8(length >> 8), UInt8(truncatingIfNeeded: length), next, hopLimit]
        return addresses + tags + [0x86, 0xdd] + header + source.octets + destination.octets + payload
    }

    static func frame(
        _ message: [UInt8] = report(), _ headers: [Header] = [.hopByHop(alert)],
        to destination: IPv6Address = .allMLDv2Routers,
        tags: [UInt8] = [], hopLimit: UInt8 = 1
    ) -> [UInt8] {
        let (next, octets) = chain(message, headers, to: destination)
        return ethernet(next, octets, to: destination, tags: tags, hopLimit: hopLimit)
    }

    /// A report in fragments: which octets of what is divided each has. `inner` headers are divided with the message.
    static func fragments(
        _ ranges: [Range<Int>], of message: [UInt8], inner: [Header] = [], number: UInt8 = 1
    ) -> [[UInt8]] {
        let (next, octets) = chain(message, inner, to: .allMLDv2Routers)
        return ranges.map { range in
            let range = range.clamped(to: 0..<octets.count)
            let place = UInt16(range.lowerBound) | (range.upperBound == octets.count ? 0 : 1)
            let header = [next, 0, UInt8(place >> 8), UInt8(truncatingIfNeeded: place), 0, 0, 0, number]
            return ethernet(
                0, [44, 0] + alert + header + octets[range], to: .allMLDv2Routers, tags: [], hopLimit: 1)
        }
    }
}
