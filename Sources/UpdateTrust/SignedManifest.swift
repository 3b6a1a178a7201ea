/// A manifest in its envelope: COSE_Sign1 (RFC 9052 §4.2, tag 18) with EdDSA over Ed25519, key id in the unprotected
/// header; or bare, without signature, for those who ask for that on both sides.
///
/// Parsing an envelope costs a few comparisons; who the signer is and what the manifest says is known only after `verify`,
/// which makes one Ed25519 verification at most. There is one encoding of an envelope: any other octets are refused.
public struct SignedManifest: Hashable, Sendable {
    /// As it travels: `UpdateManifest.maximumEncodedLength` and some 90 octets at most.
    public let encoded: [UInt8]
    private let envelope: Envelope?
    private let payload: Range<Int>

    private struct Envelope: Hashable {
        let key: KeyID
        let signature: Range<Int>
    }

    /// The most octets that an envelope can have: it fits into a symbol of the smallest IPv6 packet.
    public static let maximumEncodedLength = UpdateManifest.maximumEncodedLength + 96

    /// Tag 18 in one octet.
    private static let tag: UInt8 = 0xd2
    /// The protected header: {1: -8}, alg EdDSA (RFC 9053 §2.2).
    private static let protectedHeader: [UInt8] = [0xa1, 0x01, 0x27]

    /// Signs a manifest.
    public init(_ manifest: UpdateManifest, key: borrowing SigningKey) {
        let body = manifest.encoded()
        let signature = key.sign(Self.signedOctets(body))
        encoded = Self.encode(body, key.publicKey.id, signature)
        envelope = Envelope(
            key: key.publicKey.id, signature: encoded.count - Signature.length..<encoded.count)
        let end = encoded.count - Signature.length - 2  // the signature's head
        payload = end - body.count..<end
    }

    /// A manifest that nobody signed.
    public init(unsigned manifest: UpdateManifest) {
        encoded = manifest.encoded()
        envelope = nil
        payload = 0..<encoded.count
    }

    /// Finds the parts of an envelope, or of a bare manifest; neither the signature nor what it signs is looked at.
    ///
    /// - Throws: `malformed`.
    public init(parsing octets: [UInt8]) throws(ManifestRefusal) {
        guard octets.count <= Self.maximumEncodedLength else { throw .malformed("longer than a manifest can be") }
        encoded = octets
        guard let first = octets.first, first >> 5 != 5 else {  // major type 5: a map
            envelope = nil
            payload = 0..<octets.count
            return
        }
        // The tag is compared here: libcbor's streaming decoder knows few tags, and 18 is none of them.
        guard first == Self.tag, octets.count > 1 else { throw .malformed("neither a COSE_Sign1 nor a map") }
        var cbor = CBORReader(octets, from: 1)
        var items: [CBORReader.Item] = []
        do throws(CBORReader.Malformed) {
            while !cbor.isAtEnd && items.count < 7 { items.append(try cbor.next()) }
        } catch {
            throw .malformed("no CBOR item at octet \(error.offset)")
        }
        guard items.count == 7, cbor.isAtEnd, items[0] == .array(4),
            case .bytes(let header) = items[1], items[2] == .map(1), items[3] == .unsigned(4),
            case .bytes(let key) = items[4], case .bytes(let body) = items[5], case .bytes(let signature) = items[6]
        else { throw .malformed("not a COSE_Sign1 with a key id") }
        guard cbor[header].elementsEqual(Self.protectedHeader) else { throw .malformed("not signed by EdDSA") }
        guard let key = KeyID(cbor[key]), signature.count == Signature.length else {
            throw .malformed("a key id or signature of another length")
        }
        envelope = Envelope(key: key, signature: signature)
        payload = body
        guard Self.encode(octets[body], key, octets[signature]) == octets else {
            throw .malformed("not in deterministic encoding")
        }
    }

    /// The key that is said to have signed it; nil if it is unsigned.
    public var keyID: KeyID? { envelope?.key }

    /// The manifest, if one of the trusted keys signed it.
    ///
    /// - Throws: `unsigned`, `wrongKey`, `badSignature`; then what `UpdateManifest.init(parsing:)` throws.
    public func verify(_ keys: TrustStore) throws(ManifestRefusal) -> UpdateManifest {
        guard let envelope else { throw .unsigned }
        guard let key = keys[envelope.key] else { throw .wrongKey(envelope.key) }
        guard key.isSignature(Array(encoded[envelope.signature]), of: Self.signedOctets(encoded[payload])) else {
            throw .badSignature(envelope.key)
        }
        return try unverified()
    }

    /// What the manifest says, whoever made it.
    public func unverified() throws(ManifestRefusal) -> UpdateManifest {
        try UpdateManifest(parsing: Array(encoded[payload]))
    }

    private static func encode(
        _ body: some Collection<UInt8>, _ key: KeyID, _ signature: some Collection<UInt8>
    ) -> [UInt8] {
        var cbor = CBORWriter()
        cbor.tag(18)
        cbor.array(4)
        cbor.bytes(protectedHeader)
        cbor.map(1)
        cbor.unsigned(4)
        cbor.bytes(key.octets)
        cbor.bytes(body)
        cbor.bytes(signature)
        return cbor.octets
    }

    /// Sig_structure (RFC 9052 §4.4) without external data.
    private static func signedOctets(_ body: some Collection<UInt8>) -> [UInt8] {
        var cbor = CBORWriter()
        cbor.array(4)
        cbor.text("Signature1")
        cbor.bytes(protectedHeader)
        cbor.bytes([])
        cbor.bytes(body)
        return cbor.octets
    }
}
