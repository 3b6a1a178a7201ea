import Timing
import UpdateTrust

@testable import UpdateAgent

/// What manifests are made of: the envelope, CBOR, the signature, and what a receiver decides.
///
/// The first octet chooses whether signatures count; the others are a manifest.
func fuzzManifest(_ octets: [UInt8]) {
    let isSigned = octets.first.map { $0 & 1 == 0 } ?? true
    let octets = Array(octets.dropFirst())
    var selection = ManifestSelection(
        trust: isSigned ? FuzzUpdate.trust : nil, policy: ManifestPolicy(maximumSize: 1 << 40),
        rollback: AntiRollback(directory: "/nonexistent"))
    let verdict = try? selection.handle(
        octets.span.bytes, at: Instant(nanoseconds: 1 << 40), wallClock: .fuzzed, isIdle: true)
    let again = try? selection.handle(
        octets.span.bytes, at: Instant(nanoseconds: 1 << 41), wallClock: .fuzzed, isIdle: true)
    if case .takeUp(let manifest, let key) = verdict {
        require(again == .known, "the same once more is known")
        require((key != nil) == isSigned, "the signer is known if signatures count")
        if isSigned { require(octets == FuzzUpdate.signed, "nothing else was signed with this key") }
        require(manifest.layout.object.blockCount <= 256, "no more blocks than their numbers")
    }
    guard let signed = try? SignedManifest(parsing: octets) else { return }
    require(signed.encoded == octets, "an envelope keeps its octets")
    guard let manifest = try? signed.unverified() else { return }
    if signed.keyID == nil { require(manifest.encoded() == octets, "there is one encoding of a manifest") }
    let layout = manifest.layout
    require(layout.payloadLength <= layout.object.symbolSize, "hash packets fit into a symbol")
    require(layout.packetCount <= 1 << layout.pathLength, "every hash packet has a place in the tree")
    _ = manifest.label
}

extension UTCTime {
    fileprivate static var fuzzed: UTCTime { UTCTime(clamping: 1_700_000_000) }
}
