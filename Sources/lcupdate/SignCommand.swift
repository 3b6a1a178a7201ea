import ArgumentParser
import LinuxSystem
import UpdateTrust

/// `lcupdate sign`.
struct SignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Make a signed update of a file.",
        discussion: """
            The update holds the file, the hashes of all its symbols and a signed manifest: what send needs and receivers \
            check. It appears when it is whole, in place of an older update; any other file of that name is left alone.
            """)

    @Argument(help: "The file to sign.")
    var file: String

    @Option(help: "The secret key, made with keygen.")
    var key: String?

    @Flag(help: "Do not sign: receivers take such an update only with --unsigned, and then from anybody.")
    var unsigned = false

    @Option(help: "A number that grows with every update of this key; receivers refuse a lower one than they had.")
    var sequence: UInt64

    @Option(help: "For devices of this vendor only.")
    var vendor: String?

    @Option(name: .customLong("class"), help: "For devices of this class only.")
    var deviceClass: String?

    @Option(
        help: "Receivers refuse it after this time, such as 2027-01-31T12:00:00Z (RFC 3339).",
        transform: { text in
            guard let time = UTCTime(text) else {
                throw ValidationError("not a time of RFC 3339, such as 2027-01-31T12:00:00Z")
            }
            return time
        })
    var expires: UTCTime?

    @Option(name: .shortAndLong, help: "The update to make (default: FILE.lcu).")
    var output: String?

    @Option(help: "Octets of the largest IPv6 packet that is sent, 1280 to 9216 (default: 1280).")
    var mtu: Int?

    @Option(help: "Octets of a symbol, a multiple of 4, instead of what --mtu has room for.")
    var symbolSize: Int?

    @Option(help: "Symbols of a block. Receivers need memory for one block; small devices may want 1024.")
    var blockSymbols: Int = 4_096

    @Flag(help: "Print what inspect --json prints.")
    var json = false

    func validate() throws {
        guard !file.isEmpty, output?.isEmpty != true else { throw ValidationError("a file needs a name") }
        guard (key != nil) != unsigned else { throw ValidationError("give either --key KEY or --unsigned") }
        guard mtu == nil || symbolSize == nil else { throw ValidationError("give either --mtu or --symbol-size") }
        if let mtu, !(1_280...9_216 ~= mtu) { throw ValidationError("--mtu must be from 1280 to 9216") }
        let sizes = ObjectLayout.symbolSizes
        if let symbolSize, !sizes.contains(symbolSize) || !symbolSize.isMultiple(of: 4) {
            throw ValidationError(
                "--symbol-size must be a multiple of 4 from \(sizes.lowerBound) to \(sizes.upperBound)")
        }
        guard 1...ObjectLayout.maximumBlockSymbols ~= blockSymbols else {
            throw ValidationError("--block-symbols must be from 1 to \(ObjectLayout.maximumBlockSymbols)")
        }
        if let expires, expires <= .now { throw ValidationError("--expires \(expires) is in the past") }
        do throws(ManifestRefusal) { _ = try label() } catch {
            if case .malformed(let reason) = error { throw ValidationError(reason) }
            throw ValidationError(error.description)
        }
    }

    func run() throws {
        let report = Output(json: json)
        try report.reportingTrustErrors {
            let target = output ?? "\(file).lcu"
            let manifest: UpdateManifest
            if let key {
                let pair = try SigningKey(contentsOf: key)
                manifest = try write(to: target) { SignedManifest($0, key: pair) }
            } else {
                report.warn("\(target) is not signed: whoever takes unsigned updates takes them from anybody")
                manifest = try write(to: target) { SignedManifest(unsigned: $0) }
            }
            let update = try UpdateFileReader(path: target)
            if json { return try report.print(UpdateDescription(update, isVerified: nil)) }
            try report.print(
                """
                \(target): sequence \(manifest.sequence), object \(manifest.object), \
                \(update.signed.keyID.map { "key \($0)" } ?? "not signed")
                """)
        }
    }

    private func write(
        to target: String, sign: (UpdateManifest) -> SignedManifest
    ) throws -> UpdateManifest {
        let size = symbolSize ?? ObjectLayout.symbolSize(mtu: mtu ?? 1_280)
        return try UpdateFileWriter(input: file, symbolSize: size, blockSymbols: blockSymbols).write(
            to: target, sequence: sequence, label: label(), notAfter: expires, sign: sign)
    }

    /// With the file's own name, if a manifest can name it.
    private func label() throws(ManifestRefusal) -> UpdateLabel {
        let name = file.split(separator: "/").last.map(String.init)
        return try UpdateLabel(
            vendor: vendor, deviceClass: deviceClass, fileName: name.flatMap { UpdateLabel.isFileName($0) ? $0 : nil })
    }
}

extension UTCTime {
    /// The wall clock.
    static var now: UTCTime {
        UTCTime(clamping: UInt64(max(wallClockSeconds(), 0)))
    }
}
