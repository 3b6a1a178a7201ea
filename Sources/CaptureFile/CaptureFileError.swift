import Glibc

/// Why a capture cannot be read, or not to its end.
public enum CaptureFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// libpcap cannot be loaded; what is missing.
    case noLibrary(String)
    /// The file cannot be opened.
    case cannotOpen(file: String, errno: Int32)
    case isDirectory(file: String)
    /// Neither pcap nor pcapng, or its beginning is not whole: what libpcap says.
    case notACapture(file: String, reason: String)
    /// Frames of a kind that is not understood: the link type as libpcap names it.
    case linkType(String, file: String)
    /// Several interfaces whose link types or snapshot lengths differ, which libpcap does not read.
    case differentInterfaces(file: String)
    /// What follows this many frames cannot be read: what libpcap says.
    case damaged(file: String, frames: Int, reason: String)

    public var description: String {
        switch self {
        case .noLibrary(let missing):
            "captures are read with libpcap (\(missing) was not found): install it (Debian: libpcap0.8)"
        case .cannotOpen(let file, let errno):
            "\(file): \(String(cString: strerror(errno)))"
        case .isDirectory(let file):
            "\(file): a directory, not a capture; name a file in it"
        case .notACapture(let file, let reason):
            "\(file): not a pcap or pcapng capture, or not a whole one (\(reason))"
        case .linkType(let type, let file):
            "\(file): link type \(type) is not supported; Ethernet, Linux cooked, raw IPv6 and loopback are"
        case .differentInterfaces(let file):
            "\(file): holds several interfaces of different link types or snapshot lengths, which libpcap does not read; "
                + "split it first, one file for each interface"
        case .damaged(let file, let frames, let reason):
            "\(file): only the first \(frames) packet\(frames == 1 ? "" : "s") could be read: \(reason)"
        }
    }
}
