import ALC
import IPv6
import SeededRandom

/// Makes forgeries of a sender's packets: headers as they could be its own, from its address, with right checksums, and
/// content that is not.
struct PacketForger {
    /// What packets of an update are about, their TOI.
    enum Kind: Int, CaseIterable { case content = 1, hashes, manifest }

    /// What there is among the forgeries, as far as something like it has been seen.
    enum Mix: Sendable {
        /// Of ten, six are content symbols, two hash packets and two manifests.
        case plausible
        /// Of twenty, eight such symbols, three hash packets, three manifests with another signature, and one of each: a
        /// manifest of rubbish, an announcement of rubbish, packets cut short, too long, with a changed header, empty.
        case everything
        /// Symbols only, not just those that are about to come.
        case symbols
        /// Manifests with another signature only.
        case manifests
    }

    private enum Forgery {
        case like(Kind)
        case rubbish(toi: UInt8)
        case short, long, header, empty
    }

    /// Forged for each packet that the sender has sent, one to so many.
    private let genuinePerForged: Int
    private let mix: Mix
    private let group: IPv6Address
    private var random: SeededGenerator
    private var seen = 0
    private var made = 0
    private var models: [Kind: Model] = [:]
    private var last: (kind: Kind, model: Model)?

    /// A packet of the sender, and where things are in its frame.
    private struct Model {
        var octets: [UInt8]
        var packet: IPv6Packet
        var payloadID: Int
        var payload: Range<Int>
        /// Where the payload of the UDP datagram begins.
        var datagram: Int { PacketForger.ethernet + packet.payload.lowerBound + PacketForger.udpHeader }
    }

    private static let ethernet = 14
    private static let ipv6Header = 40
    private static let udp: UInt8 = 17
    private static let udpHeader = 8
    /// Octets of the longest frame made.
    static let longest = ethernet + DeliveryTask.mtu

    init(group: IPv6Address, genuinePerForged: Int, mix: Mix = .plausible, seed: UInt64) {
        self.group = group
        self.genuinePerForged = genuinePerForged
        self.mix = mix
        random = SeededGenerator(seed: seed)
    }

    /// Whether a manifest has been seen.
    var hasManifest: Bool { models[.manifest] != nil }

    /// Takes note of a frame on the wire.
    ///
    /// - Returns: the frame to send now; nil: none.
    mutating func forged(after frame: RawSpan) -> [UInt8]? {
        guard let (kind, model) = Self.model(frame, to: group) else { return nil }
        models[kind] = model
        last = (kind, model)
        seen += 1
        return seen.isMultiple(of: genuinePerForged) ? next() : nil
    }

    /// One more; nil before there was a packet of the sender.
    mutating func next() -> [UInt8]? {
        defer { made += 1 }
        switch wanted {
        case .like(let kind):
            if let model = models[kind] { return forgery(of: model, kind) }
            return last.map { forgery(of: $0.model, $0.kind) }
        case let other:
            return last.map { misshapen($0.model, other) }
        }
    }

    private var wanted: Forgery {
        switch mix {
        case .plausible:
            switch made % 10 {
            case 3, 7: .like(.hashes)
            case 4, 9: .like(.manifest)
            default: .like(.content)
            }
        case .everything:
            switch made % 20 {
            case 1, 8, 14: .like(.hashes)
            case 3, 10, 16: .like(.manifest)
            case 5: .rubbish(toi: 3)
            case 7: .rubbish(toi: 0)
            case 11: .short
            case 13: .long
            case 17: .header
            case 19: .empty
            default: .like(.content)
            }
        case .symbols: .like(.content)
        case .manifests: .like(.manifest)
        }
    }

    private mutating func forgery(of model: Model, _ kind: Kind) -> [UInt8] {
        var octets = model.octets
        switch kind {
        case .content, .hashes:
            // A symbol that is about to come, so that the forgery is there first.
            let ahead = UInt32.random(in: 0..<(mix == .symbols ? 2_048 : 64), using: &random)
            let id = octets.word(at: model.payloadID)
            octets.set(word: id & 0xff00_0000 | (id &+ ahead) & 0xff_ffff, at: model.payloadID)
            for _ in 0..<8 {
                guard let place = model.payload.randomElement(using: &random) else { break }
                octets[place] ^= UInt8.random(in: 1...255, using: &random)
            }
        case .manifest:
            // Its last 64 octets are the signature: all else stays well-formed and has to be verified.
            let signature = model.payload.suffix(64)
            guard let place = signature.randomElement(using: &random) else { break }
            octets[place] ^= UInt8.random(in: 1...255, using: &random)
        }
        Self.complete(&octets, model.packet)
        return octets
    }

    private mutating func misshapen(_ model: Model, _ forgery: Forgery) -> [UInt8] {
        var octets = model.octets
        switch forgery {
        case .like: break
        case .rubbish(let toi):
            octets[model.payloadID - 1] = toi
            for place in model.payload { octets[place] = .random(in: 0...255, using: &random) }
        case .short: octets.removeLast(.random(in: 1...octets.count - model.datagram, using: &random))
        case .long:
            while octets.count < Self.longest { octets.append(.random(in: 0...255, using: &random)) }
        case .header:
            for _ in 0..<2 {
                let place = Int.random(in: model.datagram..<model.payload.lowerBound, using: &random)
                octets[place] ^= UInt8.random(in: 1...255, using: &random)
            }
        case .empty: octets.removeLast(octets.count - model.datagram)
        }
        Self.complete(&octets, model.packet)
        return octets
    }

    private static func model(_ frame: RawSpan, to group: IPv6Address) -> (Kind, Model)? {
        guard frame.byteCount > ethernet,
            let packet = try? IPv6Packet(parsing: frame.extracting(ethernet..<frame.byteCount)),
            packet.nextHeader == udp, packet.destination == group, packet.payload.count > udpHeader
        else { return nil }
        let start = ethernet + packet.payload.lowerBound + udpHeader
        let datagram = frame.extracting(start..<ethernet + packet.payload.upperBound)
        guard let alc = try? ALCPacket(parsing: datagram), alc.payloadID != nil, !alc.payload.isEmpty,
            let kind = Int(exactly: alc.lct.toi).flatMap(Kind.init)
        else { return nil }
        let payload = start + alc.payload.lowerBound..<start + alc.payload.upperBound
        let octets = frame.extracting(first: payload.upperBound).withUnsafeBytes { Array($0) }
        return (kind, Model(octets: octets, packet: packet, payloadID: start + alc.lct.length, payload: payload))
    }

    /// Makes lengths and checksum those of what is in the frame now.
    private static func complete(_ octets: inout [UInt8], _ packet: IPv6Packet) {
        let start = ethernet + packet.payload.lowerBound
        octets.set(short: octets.count - ethernet - ipv6Header, at: ethernet + 4)
        octets.set(short: octets.count - start, at: start + 4)
        octets.set(short: 0, at: start + 6)
        var checksum = InternetChecksum(
            source: packet.source, destination: packet.destination, length: octets.count - start, nextHeader: udp)
        checksum.add(octets.span.bytes.extracting(start..<octets.count))
        // 0 would say that there is none (RFC 8200 §8.1).
        octets.set(short: checksum.value == 0 ? 0xffff : Int(checksum.value), at: start + 6)
    }
}

extension [UInt8] {
    fileprivate func word(at offset: Int) -> UInt32 { self[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } }

    fileprivate mutating func set(short: Int, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: short >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: short)
    }

    fileprivate mutating func set(word: UInt32, at offset: Int) {
        for index in 0..<4 { self[offset + index] = UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32(index))) }
    }
}
