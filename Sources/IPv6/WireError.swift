/// Why octets from the network are not what they should be.
public enum WireError: Error, Equatable, Sendable {
    /// Ends before `needed` octets; it has `had`.
    case tooShort(needed: Int, had: Int)
    /// Not an IPv6 packet.
    case version(UInt8)
    /// The checksum does not match.
    case checksum
    /// Not the protocol asked for: the Next Header value found instead.
    case nextHeader(UInt8)
    /// A type, option or field that cannot be: which one.
    case malformed(String)
}
