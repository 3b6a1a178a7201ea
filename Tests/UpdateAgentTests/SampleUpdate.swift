import IPv6
import TestFiles
import Testing
import UpdateTransport
import UpdateTrust

@testable import UpdateAgent

/// An update file made of known octets.
struct SampleUpdate {
    let octets: [UInt8]
    let path: String
    let manifest: UpdateManifest
    /// The file of the public key.
    let keyPath: String

    init(
        _ count: Int, in directory: TemporaryDirectory, symbolSize: Int = 256, blockSymbols: Int = 40,
        notAfter: UInt64? = nil, isSigned: Bool = true, name: String = "update.lcu"
    ) throws {
        try self.init(
            content(count, seed: UInt64(count) + 1), in: directory, symbolSize: symbolSize, blockSymbols: blockSymbols,
            notAfter: notAfter, isSigned: isSigned, name: name)
    }

    init(
        _ octets: [UInt8], in directory: TemporaryDirectory, symbolSize: Int = 1212, blockSymbols: Int = 100,
        notAfter: UInt64? = nil, isSigned: Bool = true, name: String = "update.lcu"
    ) throws {
        self.octets = octets
        path = directory(name)
        let key = SigningKey()
        try key.save(to: directory("\(name).key"))
        keyPath = directory("\(name).key.pub")
        manifest = try UpdateFileWriter(
            input: directory.write(octets, to: "\(name).in"), symbolSize: symbolSize, blockSymbols: blockSymbols
        ).write(
            to: path, sequence: 1, label: UpdateLabel(), notAfter: notAfter.flatMap { UTCTime(seconds: $0) }
        ) { isSigned ? SignedManifest($0, key: key) : SignedManifest(unsigned: $0) }
    }

    /// What receivers of it trust.
    var trust: TrustStore {
        get throws { try TrustStore(files: [keyPath]) }
    }

    /// Options to send it from `va` at once.
    func sending(rate: String = "200M", start: SendSchedule.Start = .beginning) -> SendOptions {
        var options = SendOptions(file: path, group: group)
        options.trigger = .always
        options.interface = "va"
        options.rate = BitRate(rate) ?? .standard
        options.start = start
        return options
    }
}

/// Waits until an agent has ended, and tells of what.
func failure<Report>(of running: Running<Report>) -> UpdateFailure? {
    do {
        try running.wait()
        return nil
    } catch { return error as? UpdateFailure }
}
