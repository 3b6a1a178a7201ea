import RaptorQ
import SeededRandom
import Testing

@testable import UpdateTrust

@Suite("Hash tree and hash packets")
struct HashTreeTests {
    private let object = UpdateID([UInt8](0..<16))!

    @Test("Literal hashes, made with Python's hashlib")
    func literal() {
        var hasher = SymbolHasher(object: object)
        let zeros = [UInt8](repeating: 0, count: 8)
        let leaf = hasher.leaf(block: 3, esi: 70_000, symbol: zeros.span.bytes)
        #expect(leaf.description == "e15c58324c825f21481adc6d475950ab")
        let packet = hasher.packet(HashPacketPlace(block: 3, half: .repair, index: 258), piece: zeros.span.bytes)
        #expect(packet.description == "e6c767d0550a5ac8d7dfba42c5b45833")
        #expect(hasher.node(leaf, packet).description == "a022a08e86e524f8f93d64aa187250d7")
        #expect(hasher.leaf(block: 3, esi: 70_000, symbol: zeros.span.bytes) == leaf)
    }

    @Test("The root is that of the whole tree, level by level with its zero leaves", arguments: [1, 40, 333, 2_000])
    func root(symbols: Int) throws {
        let layout = try Sample.layout(UInt64(symbols * 256), symbolSize: 256, blocks: symbols > 300 ? 3 : 1)
        let leaves = (0..<layout.packetCount).map { SymbolHash(content(16, seed: UInt64($0)).span.bytes, at: 0) }
        var hasher = SymbolHasher(object: object)
        let tree = HashTree(layout, leaves: leaves, hasher: &hasher)
        var level = leaves + Array(repeating: .zero, count: 1 << layout.pathLength - leaves.count)
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map { hasher.node(level[$0], level[$0 + 1]) }
        }
        #expect(tree.root == level[0])
    }

    @Test("Every packet is verified, with any bit flipped it is not")
    func packets() throws {
        let update = try TestUpdate(20_000)
        let layout = update.manifest.layout
        #expect(layout.object.blockCount > 1)
        var verifier = HashPacketVerifier(layout, object: update.manifest.object, root: update.manifest.root)
        var generator = SeededGenerator(seed: 1)
        for (place, payload) in try update.hashPackets() {
            #expect(verifier.verify(payload.span.bytes, at: place) == .verified)
            let bits =
                place.index == 0
                ? Array(0..<payload.count * 8) : [.random(in: 0..<payload.count * 8, using: &generator)]
            for bit in bits {
                var flipped = payload
                flipped[bit / 8] ^= 1 << (bit % 8)
                guard verifier.verify(flipped.span.bytes, at: place) == (bit < 32 ? .malformed : .forged) else {
                    Issue.record("bit \(bit) of \(place)")
                    return
                }
            }
        }
    }

    @Test("A packet is none of another place, object or root, nor with another length")
    func elsewhere() throws {
        let update = try TestUpdate(20_000)
        let (layout, root) = (update.manifest.layout, update.manifest.root)
        let packets = try update.hashPackets()
        let place = HashPacketPlace(block: 0, half: .source, index: 0)
        let payload = try #require(packets[place])
        var verifier = HashPacketVerifier(layout, object: update.manifest.object, root: root)
        for other in layout.places where other != place {
            #expect(verifier.verify(payload.span.bytes, at: other) == .malformed)
            // With the number that belongs there, too.
            let renumbered = (packets[other] ?? []).prefix(4) + payload.dropFirst(4)
            #expect(verifier.verify(Array(renumbered).span.bytes, at: other) == .forged)
        }
        for block in [-1, 256, layout.object.blockCount] {
            let nowhere = HashPacketPlace(block: block, half: .source, index: 0)
            #expect(verifier.verify(payload.span.bytes, at: nowhere) == .malformed)
        }
        #expect(verifier.verify(payload.span.bytes, at: HashPacketPlace(block: 0, esi: 0xffffff)) == .malformed)
        for length in [0, 3, payload.count - 1] {
            #expect(verifier.verify(Array(payload[..<length]).span.bytes, at: place) == .malformed)
        }
        #expect(verifier.verify((payload + [0]).span.bytes, at: place) == .malformed)
        var stranger = HashPacketVerifier(layout, object: object, root: root)
        #expect(stranger.verify(payload.span.bytes, at: place) == .forged)
        var otherRoot = HashPacketVerifier(layout, object: update.manifest.object, root: .zero)
        #expect(otherRoot.verify(payload.span.bytes, at: place) == .forged)
    }

    @Test("Pieces that are kept and pieces that are not are the same", arguments: [0, 2_000, 1 << 20])
    func bound(octets: Int) throws {
        let update = try TestUpdate(30_000)
        let reader = try UpdateFileReader(path: update.path)
        var source = try HashPacketSource(try reader.verify(), maximumOctets: octets)
        let expected = try update.hashPackets()
        for _ in 0..<2 {
            for place in update.manifest.layout.places.reversed() {
                var payload = [UInt8](repeating: 0, count: update.manifest.layout.payloadLength)
                try payload.withMutableBytes { (bytes) throws(UpdateFileError) in
                    try source.write(place, of: reader, into: &bytes)
                }
                #expect(payload == expected[place])
            }
        }
    }
}
