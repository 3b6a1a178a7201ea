/// Why an interface cannot be captured, or not any longer.
public enum CaptureError: Error, Equatable, Sendable, CustomStringConvertible {
    /// CAP_NET_RAW is missing.
    case notPermitted(interface: String)
    case noSuchInterface(String)
    /// Frames of another kind than Ethernet: the link type as libpcap names it.
    case linkType(String, interface: String)
    /// libpcap cannot be loaded; what is missing.
    case noLibrary(String)
    /// A call of libpcap failed; what it says.
    case failed(call: String, interface: String, reason: String)

    public var description: String {
        switch self {
        case .notPermitted(let interface):
            "capture on \(interface) is not permitted: run as root, or with CAP_NET_RAW and CAP_NET_ADMIN"
        case .noSuchInterface(let interface):
            "capture on \(interface): no such interface"
        case .linkType(let type, let interface):
            "capture on \(interface): link type \(type) is not supported, only Ethernet; use the raw socket there"
        case .noLibrary(let missing):
            "capture needs libpcap (\(missing) was not found): install it (Debian: libpcap0.8), or use the raw socket"
        case .failed(let call, let interface, let reason):
            "capture on \(interface): \(call): \(reason)"
        }
    }
}
