/// Why a file cannot be announced.
public enum FDTError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A name that is not that of a file: empty, of more than 255 octets, "." or "..", or with a slash or NUL in it.
    case name(String)
    /// The object has TOI 0, which is that of the FDT itself.
    case reservedTOI
    /// Packets of this many octets have no room for an announcement.
    case packetLength(Int)

    public var description: String {
        switch self {
        case .name(let name): "'\(name)' cannot be announced: give a file name of 1 to 255 octets without a path"
        case .reservedTOI: "object 0 is the announcement itself: number files from 1 on"
        case .packetLength(let length): "packets of \(length) octets have no room for an announcement: raise the MTU"
        }
    }
}
