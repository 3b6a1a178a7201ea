import ALC
import RaptorQ
import UpdateTransport
import UpdateTrust

/// The packets that announce an update to FLUTE receivers, made anew before what they say expires.
struct Announcement {
    private let tsi: UInt32
    private let name: String
    private let information: ObjectTransmissionInformation?
    private let maximumLength: Int
    private var instance: UInt32 = 0
    private var expires: UInt64 = 0
    /// Whole UDP payloads; none for what FLUTE cannot say: an empty file, or 256 blocks.
    private(set) var packets: [[UInt8]] = []

    /// Seconds for which an announcement holds; it is renewed after half of them.
    private static let lifetime: UInt64 = 3_600

    /// - Parameters:
    ///   - name: of the file, where the manifest has none.
    ///   - maximumLength: octets of the longest UDP payload.
    ///   - now: seconds since 1970.
    init(_ manifest: UpdateManifest, name: String, tsi: UInt32, maximumLength: Int, now: UInt64) {
        let layout = manifest.layout.object
        self.tsi = tsi
        self.name = manifest.label.fileName ?? name
        self.maximumLength = maximumLength
        information = try? ObjectTransmissionInformation(
            transferLength: layout.size, symbolSize: layout.symbolSize, sourceBlocks: layout.blockCount, alignment: 4)
        renew(now: now)
    }

    /// Makes new packets if it is time.
    mutating func renew(now: UInt64) {
        guard let information, now + Self.lifetime / 2 >= expires else { return }
        expires = now + Self.lifetime
        do {
            let announced = try FDTInstance(
                toi: SessionObject.update.rawValue, name: name, information: information, expires: expires)
            packets = try announced.packets(tsi: tsi, instanceID: instance, maximumLength: maximumLength)
            instance += 1
        } catch {
            // A name that cannot be announced never could: there is no announcement.
        }
    }
}
