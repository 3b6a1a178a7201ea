import Glibc
import Timing
import UpdateTrust

/// Which update to receive, of all that manifests offer: the one with the highest sequence that verifies and is allowed.
///
/// A manifest that was heard before costs a comparison; where the clock, or what was accepted, decides about it, it is judged
/// anew once a second. A new one costs a signature at most, and at most so many are looked at
/// in a second: whoever makes manifests up slows down the taking up of true ones, which come twice a second, and
/// nothing else. While nothing is being received there is time for more of them, so that he does not slow it down by much.
struct ManifestSelection {
    enum Verdict: Equatable {
        /// Receive this one, in place of what was received so far.
        case takeUp(UpdateManifest, key: KeyID?)
        /// The one that was taken up.
        case known
        /// Older than the one that was taken up.
        case older
        case refused(ManifestRefusal)
        /// Not looked at: there were too many of late.
        case postponed
    }

    /// Nil: take unsigned ones, and only these.
    private let trust: TrustStore?
    private let policy: ManifestPolicy
    private let rollback: AntiRollback
    private(set) var current: (manifest: UpdateManifest, encoded: [UInt8])?
    /// Manifests that were refused, the last few.
    private var refused: [RefusedManifest] = []
    /// What says most about why there is nothing to receive.
    private(set) var worst: ManifestRefusal?
    private(set) var rejected: UInt64 = 0
    private var allowance = Double(idleVerificationsPerSecond)
    private var lastVerification = Instant(nanoseconds: 0)

    /// New manifests that are looked at in a second, some 60 µs each: while an update is being received, and else.
    static let verificationsPerSecond = 50
    static let idleVerificationsPerSecond = 1_000
    private static let remembered = 8
    private static let judgement = Duration.seconds(1)

    init(trust: TrustStore?, policy: ManifestPolicy, rollback: AntiRollback) {
        self.trust = trust
        self.policy = policy
        self.rollback = rollback
    }

    /// - Parameters:
    ///   - wallClock: what expiry is compared with.
    ///   - isIdle: there is nothing else to do.
    mutating func handle(
        _ octets: RawSpan, at now: Instant, wallClock: UTCTime, isIdle: Bool
    ) throws(StateError) -> Verdict {
        if let current, octets.isEqual(to: current.encoded) { return .known }
        if let place = refused.firstIndex(where: { octets.isEqual(to: $0.encoded) }) {
            let known = refused[place]
            guard let content = known.verified, now >= known.nextJudgement else {
                rejected += 1
                return .refused(known.refusal)
            }
            refused.remove(at: place)
            return try judge(content.manifest, content.key, known.encoded, at: now, wallClock)
        }
        guard octets.byteCount <= SignedManifest.maximumEncodedLength else {
            return refuse(.malformed("longer than a manifest can be"))
        }
        guard mayVerify(at: now, isIdle) else {
            rejected += 1
            return .postponed
        }
        let encoded = octets.withUnsafeBytes { [UInt8]($0) }
        let manifest: UpdateManifest
        let key: KeyID?
        do throws(ManifestRefusal) {
            let signed = try SignedManifest(parsing: encoded)
            key = trust == nil ? nil : signed.keyID
            if let trust {
                manifest = try signed.verify(trust)
            } else {
                if let key = signed.keyID { throw .signed(key) }
                manifest = try signed.unverified()
            }
        } catch {
            return refuse(error, RefusedManifest(encoded, error))
        }
        return try judge(manifest, key, encoded, at: now, wallClock)
    }

    /// Decides about a manifest that was verified.
    private mutating func judge(
        _ manifest: UpdateManifest, _ key: KeyID?, _ encoded: [UInt8], at now: Instant, _ wallClock: UTCTime
    ) throws(StateError) -> Verdict {
        let accepted = try key.flatMap { (key) throws(StateError) in try rollback.accepted(from: key) }
        do throws(ManifestRefusal) {
            try policy.check(manifest, now: wallClock, accepted: accepted)
            if let current = current?.manifest {
                if manifest.object == current.object && manifest.sequence == current.sequence { return .known }
                if manifest.sequence < current.sequence { return .older }
                if manifest.sequence == current.sequence { throw .otherObject(sequence: current.sequence) }
            }
        } catch {
            var entry = RefusedManifest(encoded, error)
            if !error.isLasting {
                entry.verified = (manifest, key)
                entry.nextJudgement = now + Self.judgement
            }
            return refuse(error, entry)
        }
        current = (manifest, encoded)
        worst = nil
        return .takeUp(manifest, key: key)
    }

    /// What was taken up failed: it may be taken up again.
    mutating func forget() { current = nil }

    /// Why what was taken up must not be taken any longer; nil if nothing is against it. The clock may have been wrong when it
    /// was taken up, too.
    func refusalOfCurrent(wallClock: UTCTime) -> ManifestRefusal? {
        guard let current else { return nil }
        do throws(ManifestRefusal) { try policy.checkExpiry(current.manifest, now: wallClock) } catch { return error }
        return nil
    }

    private mutating func refuse(_ refusal: ManifestRefusal, _ entry: RefusedManifest? = nil) -> Verdict {
        rejected += 1
        if let entry {
            if refused.count == Self.remembered { refused.removeFirst() }
            refused.append(entry)
        }
        if refusal.weight >= worst?.weight ?? 0 { worst = refusal }
        return .refused(refusal)
    }

    private mutating func mayVerify(at now: Instant, _ isIdle: Bool) -> Bool {
        let most = Double(isIdle ? Self.idleVerificationsPerSecond : Self.verificationsPerSecond)
        allowance = min(most, allowance + max((now - lastVerification).inSeconds, 0) * most)
        lastVerification = now
        guard allowance >= 1 else { return false }
        allowance -= 1
        return true
    }
}

/// A manifest that was refused, and why.
private struct RefusedManifest {
    let encoded: [UInt8]
    let refusal: ManifestRefusal
    /// What it says and who signed it, if the refusal does not last: then it need not be verified again.
    var verified: (manifest: UpdateManifest, key: KeyID?)?
    var nextJudgement = Instant.distantFuture

    init(_ encoded: [UInt8], _ refusal: ManifestRefusal) {
        self.encoded = encoded
        self.refusal = refusal
    }
}

extension RawSpan {
    fileprivate func isEqual(to octets: [UInt8]) -> Bool {
        byteCount == octets.count
            && withUnsafeBytes { mine in
                octets.withUnsafeBytes { theirs in
                    guard let mine = mine.baseAddress, let theirs = theirs.baseAddress else { return true }
                    return memcmp(mine, theirs, byteCount) == 0
                }
            }
    }
}
