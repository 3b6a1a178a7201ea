import Glibc

/// Why a capture cannot be read, or not to its end.
public enum CaptureFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// libpcap cannot be loaded; what is missing.
    case noLibrary(String)
    /// The file cannot be opened.
    case cannotOpen(file: String, errno: Int32)
    case isDirectory(file: String)
    /// By a program whose counterpart writes the capture to standard output.
    case compressed(file: String, format: String, reader: String)
    /// What is in it is text, as tcpdump prints it.
    case text(file: String)
    case empty(file: String)
    /// Neither pcap nor pcapng, or its beginning is not whole: what libpcap says.
    case notACapture(file: String, reason: String)
    /// Frames of a kind that is not understood: the link type as libpcap names it.
    case linkType(String, file: String)
    /// Several interfaces whose link types or snapshot lengths differ, which libpcap does not read.
    case differentInterfaces(file: String)
    /// It ends in the middle of what follows this many frames.
    case truncated(file: String, frames: Int)
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
        case .compressed(let file, let format, let reader):
            "\(file): \(format)-compressed; unpack it first: \(reader) CAPTURE | lcroute replay -"
        case .text(let file):
            "\(file): text, not a capture; tcpdump writes one with -w FILE"
        case .empty(let file):
            "\(file): empty; a tcpdump that is still running writes what it has when it ends, or with -U at once"
        case .notACapture(let file, let reason):
            "\(file): not a pcap or pcapng capture, or not a whole one (\(reason))"
        case .linkType(let type, let file):
            "\(file): link type \(type) is not supported; Ethernet, Linux cooked, raw IPv6 and loopback are"
        case .differentInterfaces(let file):
            "\(file): holds several interfaces of different link types or snapshot lengths, which libpcap does not read; "
                + "capture one interface, or where only the lengths differ: editcap -F pcap CAPTURE NEW"
        case .truncated(let file, let frames):
            "\(file): ends in the middle of packet \(frames + 1); what comes before is shown; "
                + "is it still being written, or was it not copied whole?"
        case .damaged(let file, let frames, let reason):
            "\(file): only the first \(frames) packet\(frames == 1 ? "" : "s") could be read: \(reason)"
        }
    }
}
