import ALC
import IPv6
import SeededRandom
import UpdateAgent
import UpdateTransport
import UpdateTrust

/// Packets at a receiver of an update whose signer nobody has the key of: none of them may be taken for true.
struct ReceptionFuzzer: ~Copyable {
    private var input: FuzzInput
    private var reception: UpdateReception
    private var random = SeededGenerator(seed: 1)

    /// Nil if the octets make no object.
    init?(_ input: FuzzInput) {
        var input = input
        let size = UInt64(input.short()) << UInt64(input.octet() % 12)
        let symbols = 64 + 4 * Int(input.octet())
        guard
            let object = try? ObjectLayout(size: size, symbolSize: symbols, blockCount: 1 + Int(input.octet())),
            object.symbolCount < 100_000, let layout = try? HashLayout(object), let hash = FileHash(Array(0..<32))
        else { return nil }
        self.input = input
        reception = UpdateReception(
            UpdateManifest(layout: layout, hash: hash, root: .zero, sequence: 1, label: UpdateLabel(), notAfter: nil))
    }

    mutating func run() {
        let size = reception.layout.symbolSize
        while !input.isAtEnd {
            switch input.number(below: 6) {
            case 0: parse(input.octets(Int(input.short() % 1_300)))
            case 1:
                let place = HashPacketPlace(
                    block: Int(input.octet()), esi: UInt32(input.short()) << (input.octet() % 10))
                let payload = [UInt8](repeating: input.octet(), count: reception.manifest.layout.payloadLength)
                let verdict = reception.handle(hashes: payload.span.bytes, at: place)
                require(verdict == .forged || verdict == .malformed, "no hash packet leads to this root")
            default:
                let symbol = [UInt8](repeating: input.octet(), count: size)
                handle(symbol.span.bytes, block: Int(input.octet()), esi: Int(input.short()))
            }
            require(reception.received == 0 && !reception.isSatisfied, "nothing was signed")
            require(
                UInt64(reception.quarantined * size) <= UpdateReception.quarantineLimit, "the quarantine is bounded")
        }
    }

    private mutating func handle(_ symbol: RawSpan, block: Int, esi: Int) {
        let source = IPv6Address(high: 1, low: UInt64(input.octet() & 7))
        switch reception.handle(symbol, block: block, esi: esi, from: source, using: &random) {
        case .quarantined, .duplicate, .malformed: break
        case .verified, .redundant, .forged: require(false, "a symbol without a leaf is none of these")
        }
        _ = reception.resolve(block: min(block, reception.layout.blockCount - 1), esi: esi)
    }

    private mutating func parse(_ octets: [UInt8]) {
        let span = octets.span.bytes
        guard let packet = try? ALCPacket(parsing: span), let id = packet.payloadID else { return }
        let payload = span.extracting(packet.payload)
        if let signed = try? SignedManifest(parsing: payload.withUnsafeBytes { [UInt8]($0) }) {
            _ = try? signed.verify(TrustStore([]))
            _ = try? signed.unverified()
        }
        handle(payload, block: Int(id.sourceBlockNumber), esi: Int(id.encodingSymbolID))
    }
}
