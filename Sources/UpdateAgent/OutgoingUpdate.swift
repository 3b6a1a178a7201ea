import Glibc
import Logging
import UpdateTransport
import UpdateTrust

/// An update file that may be sent: whole, as it was signed, and not expired.
// @unchecked Sendable: nothing in it changes after `init`. What its reader does is pread and fstat on a descriptor.
final class OutgoingUpdate: @unchecked Sendable {
    let file: UpdateFileReader
    let tree: HashTree

    var path: String { file.path }
    var manifest: UpdateManifest { file.manifest }
    var layout: ObjectLayout { file.manifest.layout.object }

    /// Octets of the IPv6 packets that carry its symbols: the largest there are.
    var packetLength: Int { layout.symbolSize + ObjectLayout.packetOverhead }

    /// Reads all of it.
    ///
    /// - Throws: `UpdateFailure`, `unverifiable` if it is damaged, expired, or unsigned and `allowsUnsigned` is false.
    init(_ options: SendOptions, log: Logger) throws(UpdateFailure) {
        do {
            file = try UpdateFileReader(path: options.file)
        } catch {
            throw UpdateFailure(sending: error)
        }
        if file.signed.keyID == nil {
            guard options.allowsUnsigned else {
                throw UpdateFailure(
                    .unverifiable, "\(options.file) is not signed: sign it with a key, or send it with --unsigned")
            }
            log.warning("\(options.file) is not signed: anybody can send something else in its place")
        }
        try Self.checkSigner(file.signed, options)
        try Self.checkTime(file.manifest, path: options.file)
        let length = file.manifest.layout.object.symbolSize + ObjectLayout.packetOverhead
        guard length <= options.mtu else {
            throw UpdateFailure(
                .failed,
                "\(options.file) was signed for packets of \(length) octets: give --mtu \(length) if all links carry them, or sign it again with --mtu \(options.mtu)"
            )
        }
        do {
            tree = try file.verify()
        } catch {
            throw UpdateFailure(sending: error)
        }
    }

    private static func checkSigner(_ signed: SignedManifest, _ options: SendOptions) throws(UpdateFailure) {
        if options.keys.isEmpty { return }
        let trusted: TrustStore
        do { trusted = try TrustStore(files: options.keys) } catch { throw UpdateFailure(.failed, error.description) }
        do {
            _ = try signed.verify(trusted)
        } catch {
            throw UpdateFailure(.unverifiable, "\(options.file): \(error)")
        }
    }

    private static func checkTime(_ manifest: UpdateManifest, path: String) throws(UpdateFailure) {
        guard let notAfter = manifest.notAfter, let now = UTCTime(seconds: UInt64(max(time(nil), 0))), now > notAfter
        else { return }
        throw UpdateFailure(.unverifiable, "\(path): \(ManifestRefusal.expired(notAfter: notAfter, now: now))")
    }

    /// Throws if receivers would not take it any more: it has changed, or has expired.
    func checkStillValid() throws(UpdateFailure) {
        do { try file.checkUnchanged() } catch { throw UpdateFailure(sending: error) }
        try Self.checkTime(manifest, path: path)
    }
}

extension UpdateFailure {
    /// Why an update file cannot be sent.
    init(sending error: UpdateFileError) {
        switch error {
        case .notAnUpdate, .damaged, .manifest: self.init(.unverifiable, error.description)
        case .changed(let path):
            self.init(
                .failed,
                "\(path) was changed while it was being sent; replace it by renaming a new file over it, then start again"
            )
        default: self.init(.failed, error.description)
        }
    }
}
