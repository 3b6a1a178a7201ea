/// Why a manifest is refused. Whatever the reason, nothing of its object is received.
public enum ManifestRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not what a manifest looks like.
    case malformed(String)
    /// Of a version that this program does not know.
    case newerVersion(UInt64)
    /// Not signed, and unsigned ones were not asked for.
    case unsigned
    /// Signed with a key that is not among the trusted ones.
    case wrongKey(KeyID)
    /// Signed, where only updates that nobody signed were asked for.
    case signed(KeyID)
    /// Names a trusted key but was not signed with it.
    case badSignature(KeyID)
    case expired(notAfter: UTCTime, now: UTCTime)
    /// Less than the highest sequence accepted so far.
    case olderSequence(UInt64, accepted: UInt64)
    /// The sequence accepted last, but another object.
    case otherObject(sequence: UInt64)
    /// For another vendor's devices; nil names none.
    case wrongVendor(String?, wanted: String)
    /// For devices of another class; nil names none.
    case wrongClass(String?, wanted: String)
    case tooLarge(UInt64, limit: UInt64)

    /// How much it tells the operator of a receiver: what a trusted key signed more than what anybody can make up, and of that
    /// what is meant for this receiver more than what is for others.
    public var weight: Int {
        switch self {
        case .malformed: 0
        case .newerVersion: 1
        case .unsigned: 2
        case .wrongKey, .signed: 3
        case .badSignature: 4
        case .wrongVendor, .wrongClass: 5
        // A policy looks at the vendor and the class first.
        case .expired, .olderSequence, .otherObject, .tooLarge: 6
        }
    }

    /// Whether it holds for as long as the receiver runs. The others depend on the clock and on what was accepted, by other
    /// receivers that use the same directory too: they are to be looked at again.
    public var isLasting: Bool {
        switch self {
        case .expired, .olderSequence, .otherObject: false
        case .malformed, .newerVersion, .unsigned, .wrongKey, .signed, .badSignature, .wrongVendor, .wrongClass,
            .tooLarge:
            true
        }
    }

    /// Whether it is the same trouble, whatever the time now.
    public func hasSameCause(as other: ManifestRefusal) -> Bool {
        switch (self, other) {
        case (.expired(let mine, _), .expired(let theirs, _)): mine == theirs
        default: self == other
        }
    }

    public var description: String {
        switch self {
        case .malformed(let reason): "malformed manifest: \(reason)"
        case .newerVersion(let version):
            "the manifest is of version \(version), this lcupdate knows version \(UpdateManifest.version): install a newer one"
        case .unsigned: "the update is not signed: sign it with a key, or take unsigned updates with --unsigned"
        case .wrongKey(let key): "signed with key \(key), which is not trusted here: check --key"
        case .signed(let key):
            "signed with key \(key), and only unsigned updates are taken: give its public key with --key instead of --unsigned"
        case .badSignature(let key): "the signature is not of key \(key), which it names: damaged or forged"
        case .expired(let notAfter, let now):
            "expired at \(notAfter), now it is \(now): sign it again, or set the clock"
        case .olderSequence(let sequence, let accepted):
            "sequence \(sequence) is older than \(accepted), which this device has accepted; ignored"
        case .otherObject(let sequence):
            "another update of sequence \(sequence) than this device has accepted; ignored: sign with a higher one"
        case .wrongVendor(let vendor, let wanted): "for vendor \(vendor ?? "(none)"), not \(wanted): check --vendor"
        case .wrongClass(let deviceClass, let wanted):
            "for class \(deviceClass ?? "(none)"), not \(wanted): check --class"
        case .tooLarge(let size, let limit):
            "has \(size) octets, more than the \(limit) allowed here: raise --maximum-size"
        }
    }
}
