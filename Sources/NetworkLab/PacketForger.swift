import ALC
import IPv6
import SeededRandom

/// Makes forgeries of a sender's packets: headers as they could be its own, from its address, with right checksums, and
/// content that is not.
///
/// Of ten, six are content symbols, two hash packets and two manifests, as far as such have been seen.
struct PacketForger {
    /// What packets of an update are about, their TOI.
    enum Kind: Int, CaseIterable { case content = 1, hashes, manifest }

    /// Forged for each packet that the sender has sent, one to so many.
    private let genuinePerForged: Int
    private let group: IPv6Address
    private var random: SeededGenerator
    private var seen = 0
    private var made = 0
    private var models: [Kind: Model] = [:]

    /// A packet of the sender, and where things are in its frame.
    private struct Model {
        var octets: [UInt8]
        var packet: IPv6Packet
        var payloadID: Int
        var payload: Range<Int>
    }

    private static let ethernet = 14
    private static let udp: UInt8 = 17
    private static let udpHeader = 8

    init(group: IPv6Address, genuinePerForged: Int, seed: UInt64) {
        self.group = group
        self.genuinePerForged = genuinePerForged
        random = SeededGenerator(seed: seed)
    }

    /// Takes note of a frame on the wire.
    ///
    /// - Returns: the frame to send now; nil: none.
    mutating func forged(after frame: RawSpan) -> [UInt8]? {
        guard let (kind, model) = Self.model(frame, to: group) else { return nil }
        models[kind] = model
        seen += 1
        guard seen.isMultiple(of: genuinePerForged) else { return nil }
        let wanted: Kind =
            switch made % 10 {
            case 3, 7: .hashes
            case 4, 9: .manifest
            default: .content
            }
        made += 1
        return models[wanted].map { forgery(of: $0, wanted) } ?? forgery(of: model, kind)
    }

    private mutating func forgery(of model: Model, _ kind: Kind) -> [UInt8] {
        var octets = model.octets
        switch kind {
        case .content, .hashes:
            // A symbol that is about to come, so that the forgery is there first.
            let ahead = UInt32.random(in: 0..<64, using: &random)
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
        Self.setChecksum(of: &octets, model.packet)
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
        let octets = frame.withUnsafeBytes { Array($0) }
        return (kind, Model(octets: octets, packet: packet, payloadID: start + alc.lct.length, payload: payload))
    }

    private static func setChecksum(of octets: inout [UInt8], _ packet: IPv6Packet) {
        let place = ethernet + packet.payload.lowerBound..<ethernet + packet.payload.upperBound
        let field = place.lowerBound + 6
        (octets[field], octets[field + 1]) = (0, 0)
        var checksum = InternetChecksum(
            source: packet.source, destination: packet.destination, length: place.count, nextHeader: udp)
        checksum.add(octets.span.bytes.extracting(place))
        // 0 would say that there is none (RFC 8200 §8.1).
        let value = checksum.value == 0 ? 0xffff : checksum.value
        (octets[field], octets[field + 1]) = (UInt8(value >> 8), UInt8(value & 0xff))
    }
}

extension [UInt8] {
    fileprivate func word(at offset: Int) -> UInt32 { self[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } }

    fileprivate mutating func set(word: UInt32, at offset: Int) {
        for index in 0..<4 { self[offset + index] = UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32(index))) }
    }
}
