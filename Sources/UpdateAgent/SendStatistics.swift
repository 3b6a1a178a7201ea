/// What a sender has sent since it was started.
struct SendStatistics: Sendable, CustomStringConvertible {
    var packets: UInt64 = 0
    /// Octets of whole IPv6 packets.
    var octets: UInt64 = 0
    var sourceSymbols: UInt64 = 0
    var repairSymbols: UInt64 = 0

    var description: String {
        "\(packets) packets with \(sourceSymbols) source and \(repairSymbols) repair symbols, \(octets) octets"
    }
}
