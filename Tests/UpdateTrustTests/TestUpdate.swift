import LinuxSystem
import TestFiles
import Testing

@testable import UpdateTrust

/// An update file made of known octets.
struct TestUpdate {
    let directory: TemporaryDirectory
    let octets: [UInt8]
    let manifest: UpdateManifest

    var path: String { directory("update.lcu") }

    init(_ count: Int, symbolSize: Int = 256, blockSymbols: Int = 40, label: UpdateLabel = UpdateLabel()) throws {
        directory = try TemporaryDirectory()
        octets = content(count, seed: UInt64(count))
        let file = try directory.write(octets, to: "update")
        let key = Sample.key()
        manifest = try UpdateFileWriter(input: file, symbolSize: symbolSize, blockSymbols: blockSymbols).write(
            to: directory("update.lcu"), sequence: 1, label: label, notAfter: nil
        ) { SignedManifest($0, key: key) }
    }

    /// A source or repair symbol's leaf, as the file has it.
    func leaf(_ block: Int, _ esi: Int) throws -> SymbolHash {
        let reader = try UpdateFileReader(path: path)
        let count = manifest.layout.object.sourceSymbols(block)
        var hash = [UInt8](repeating: 0, count: 16)
        try hash.withMutableBytes { (bytes) throws(UpdateFileError) in
            try reader.readLeaves(
                block: block, half: esi < count ? .source : .repair, from: esi % count, count: 1, into: &bytes)
        }
        return SymbolHash(hash.span.bytes, at: 0)
    }

    /// A source symbol, filled up.
    func symbol(_ block: Int, _ esi: Int) -> [UInt8] {
        let (offset, length) = manifest.layout.object.extent(block: block, esi: esi)
        let there = octets[Int(min(offset, UInt64(octets.count)))...].prefix(length)
        return there + [UInt8](repeating: 0, count: manifest.layout.object.symbolSize - length)
    }

    /// The payloads of all hash packets.
    func hashPackets() throws -> [HashPacketPlace: [UInt8]] {
        let reader = try UpdateFileReader(path: path)
        var source = try HashPacketSource(try reader.verify())
        var packets: [HashPacketPlace: [UInt8]] = [:]
        for place in manifest.layout.places {
            var payload = [UInt8](repeating: 0, count: manifest.layout.payloadLength)
            try payload.withMutableBytes { (bytes) throws(UpdateFileError) in
                try source.write(place, of: reader, into: &bytes)
            }
            packets[place] = payload
        }
        return packets
    }
}

extension HashLayout {
    /// All hash packets, in their order.
    var places: [HashPacketPlace] {
        (0..<object.blockCount).flatMap { block in
            WindowHalf.allCases.flatMap { half in
                (0..<2 * pieces(block)).map { HashPacketPlace(block: block, half: half, index: $0) }
            }
        }
    }
}
