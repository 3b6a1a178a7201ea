import Glibc
import RaptorQ

@testable import UpdateTrust

/// An update that is the same in every run, and all of its packets.
struct FuzzUpdate {
    /// What can be in a packet.
    enum Item {
        case symbol(block: Int, esi: Int)
        case hashes(HashPacketPlace)
    }

    let content: [UInt8]
    let manifest: UpdateManifest
    private(set) var packets: [(item: Item, payload: [UInt8])] = []

    private static let seed = [UInt8](0..<32)
    static let trust = TrustStore([SigningKey(seed: seed, comment: "").publicKey])
    /// A manifest of that key.
    static let signed: [UInt8] = {
        guard let update, let label = try? UpdateLabel(vendor: "acme", deviceClass: "gateway", fileName: "update.bin")
        else { return [] }
        let manifest = UpdateManifest(
            layout: update.manifest.layout, hash: update.manifest.hash, root: update.manifest.root, sequence: 7,
            label: label, notAfter: UTCTime(seconds: 4_000_000_000))
        return SignedManifest(manifest, key: SigningKey(seed: seed, comment: "")).encoded
    }()
    /// Of three blocks of 13 and 12 symbols; nil if no file can be made.
    static let update = try? FuzzUpdate()

    private init() throws {
        let (symbolSize, blockSymbols) = (160, 13)
        content = (0..<37 * symbolSize - 5).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 7) }
        let paths = ["in", "lcu"].map { "/tmp/lcroute-fuzz-\(getpid()).\($0)" }
        defer { for path in paths { unlink(path) } }
        let file = open(paths[0], O_CREAT | O_TRUNC | O_WRONLY, 0o600)
        defer { close(file) }
        guard content.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == content.count else {
            throw UpdateFileError.notAFile(paths[0])
        }
        manifest = try UpdateFileWriter(input: paths[0], symbolSize: symbolSize, blockSymbols: blockSymbols).write(
            to: paths[1], sequence: 1, label: UpdateLabel(), notAfter: nil
        ) { SignedManifest(unsigned: $0) }
        let reader = try UpdateFileReader(path: paths[1])
        var hashes = try HashPacketSource(try reader.verify())
        let layout = manifest.layout
        for block in 0..<layout.object.blockCount {
            for half in WindowHalf.allCases {
                for index in 0..<2 * layout.pieces(block) {
                    let place = HashPacketPlace(block: block, half: half, index: index)
                    var payload = [UInt8](repeating: 0, count: layout.payloadLength)
                    try payload.withMutableBytes { try hashes.write(place, of: reader, into: &$0) }
                    packets.append((.hashes(place), payload))
                }
            }
            let count = layout.object.sourceSymbols(block)
            var symbols = [UInt8](repeating: 0, count: count * symbolSize)
            try symbols.withMutableBytes { try reader.readSource(block: block, esi: 0, into: &$0) }
            let encoder = try symbols.withUnsafeBytes {
                try BlockEncoder(
                    $0, symbolSize: symbolSize, schedule: try EncodingSchedule(sourceSymbols: count))
            }
            for esi in 0..<2 * count {
                var symbol = [UInt8](repeating: 0, count: symbolSize)
                try symbol.withUnsafeMutableBytes { try encoder.write(UInt32(esi), into: $0) }
                packets.append((.symbol(block: block, esi: esi), symbol))
            }
        }
    }
}
