import ALC
import LinuxSystem
import RaptorQ
import TestFiles
import Testing
import UpdateTransport
import UpdateTrust

@testable import UpdateAgent

/// A key of tests and who trusts it.
// @unchecked Sendable: what it holds never changes.
final class TestKey: @unchecked Sendable {
    let key: SigningKey
    var trust: TrustStore { TrustStore([key.publicKey]) }

    init() { key = SigningKey() }
}

/// An update and all packets that can be sent of it.
final class TestUpdate {
    enum Item: Hashable {
        case manifest
        case hashes(HashPacketPlace)
        case symbol(block: Int, esi: Int)
    }

    let octets: [UInt8]
    let manifest: UpdateManifest
    let signed: SignedManifest
    private let directory: TemporaryDirectory
    private var hashPayloads: [HashPacketPlace: [UInt8]] = [:]
    private var encoders: [BlockEncoder] = []
    var layout: ObjectLayout { manifest.layout.object }
    var path: String { directory("update.lcu") }

    /// - Parameter key: nil makes an unsigned one.
    init(
        _ octets: [UInt8], key: TestKey?, symbolSize: Int = 256, blockSymbols: Int = 40, sequence: UInt64 = 1,
        vendor: String? = nil, deviceClass: String? = nil, notAfter: UTCTime? = nil
    ) throws {
        directory = try TemporaryDirectory()
        self.octets = octets
        let label = try UpdateLabel(vendor: vendor, deviceClass: deviceClass, fileName: "update.bin")
        manifest = try UpdateFileWriter(
            input: directory.write(octets, to: "update"), symbolSize: symbolSize, blockSymbols: blockSymbols
        ).write(to: directory("update.lcu"), sequence: sequence, label: label, notAfter: notAfter) { manifest in
            key.map { SignedManifest(manifest, key: $0.key) } ?? SignedManifest(unsigned: manifest)
        }
        let reader = try UpdateFileReader(path: directory("update.lcu"))
        signed = reader.signed
        var source = try HashPacketSource(try reader.verify())
        for place in Self.places(manifest.layout) {
            var payload = [UInt8](repeating: 0, count: manifest.layout.payloadLength)
            do {
                var span = payload.mutableSpan
                var bytes = span.mutableBytes
                try source.write(place, of: reader, into: &bytes)
            }
            hashPayloads[place] = payload
        }
        for block in 0..<layout.blockCount {
            let symbols = (0..<layout.sourceSymbols(block)).flatMap { sourceSymbol(block, $0) }
            encoders.append(
                try symbols.withUnsafeBytes {
                    try BlockEncoder(
                        $0, symbolSize: symbolSize,
                        schedule: EncodingSchedule(sourceSymbols: symbols.count / symbolSize))
                })
        }
    }

    private static func places(_ layout: HashLayout) -> [HashPacketPlace] {
        (0..<layout.object.blockCount).flatMap { block in
            WindowHalf.allCases.flatMap { half in
                (0..<2 * layout.pieces(block)).map { HashPacketPlace(block: block, half: half, index: $0) }
            }
        }
    }

    private func sourceSymbol(_ block: Int, _ esi: Int) -> [UInt8] {
        let (offset, length) = layout.extent(block: block, esi: esi)
        let there = length == 0 ? [] : octets[Int(offset)..<Int(offset) + length]
        return there + [UInt8](repeating: 0, count: layout.symbolSize - length)
    }

    /// What is in a packet.
    func payload(_ item: Item) -> [UInt8] {
        switch item {
        case .manifest: return signed.encoded
        case .hashes(let place): return hashPayloads[place] ?? []
        case .symbol(let block, let esi):
            if esi < layout.sourceSymbols(block) { return sourceSymbol(block, esi) }
            var symbol = [UInt8](repeating: 0, count: layout.symbolSize)
            symbol.withUnsafeMutableBytes { try? encoders[block].write(UInt32(esi), into: $0) }
            return symbol
        }
    }

    /// - Parameter payload: if it is not to be the right one.
    func packet(_ item: Item, _ payload: [UInt8]? = nil, session: UInt16 = 7) -> [UInt8] {
        let (object, block, esi): (SessionObject, Int, UInt32) =
            switch item {
            case .manifest: (.manifest, 0, 0)
            case .hashes(let place): (.hashes, place.block, place.esi)
            case .symbol(let block, let esi): (.update, block, UInt32(esi))
            }
        return ALCHeader(
            LCTHeader(tsi: UInt64(manifest.object.session(session)), toi: UInt128(object.rawValue)),
            payloadID: RaptorQPayloadID(sourceBlockNumber: UInt8(block), encodingSymbolID: esi)
        ).packet(payload ?? self.payload(item))
    }

    /// A lap over the window as senders make it: hashes before their symbols, repair pieces in between, blocks in turn,
    /// manifests now and then.
    ///
    /// - Parameter phase: where in the window it begins.
    func lap(phase: Int = 0) -> [Item] {
        let layout = manifest.layout
        let most = layout.object.sourceSymbols(0)
        var items: [Item] = []
        var hashes = [Int](repeating: 0, count: layout.object.blockCount)
        for step in phase..<phase + 2 * most {
            let round = step % (2 * most)
            if step.isMultiple(of: 16) { items.append(.manifest) }
            for block in 0..<layout.object.blockCount {
                let count = layout.object.sourceSymbols(block)
                let (half, index) = round < most ? (WindowHalf.source, round) : (.repair, round - most)
                guard index < count else { continue }
                let pieces = layout.pieces(block)
                if index.isMultiple(of: layout.pieceLeaves) {
                    items.append(.hashes(HashPacketPlace(block: block, half: half, index: index / layout.pieceLeaves)))
                    hashes[block] += 1
                    if half == .repair || hashes[block].isMultiple(of: 4) {
                        let repair = pieces + hashes[block] % pieces
                        items.append(.hashes(HashPacketPlace(block: block, half: .source, index: repair)))
                        items.append(.hashes(HashPacketPlace(block: block, half: half, index: repair)))
                    }
                }
                items.append(.symbol(block: block, esi: half == .source ? index : count + index))
            }
        }
        return items
    }
}
