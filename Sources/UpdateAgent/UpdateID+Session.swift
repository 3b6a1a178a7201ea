import UpdateTrust

/// The Transport Session Identifier (RFC 5651 §5.1) tells which update a session carries, so that receivers of one do not have
/// to judge the packets of another in the same group: the first two octets of the object id, then two random ones of the sender.
extension UpdateID {
    func session(_ random: UInt16) -> UInt32 { UInt32(prefix) << 16 | UInt32(random) }

    /// Whether a session is, or may be, of this update. It is no proof: anybody can write it.
    func isCarried(in session: UInt64) -> Bool { session >> 16 == UInt64(prefix) }

    private var prefix: UInt16 { UInt16(octets[0]) << 8 | UInt16(octets[1]) }
}
