import CLibPcap
import Glibc
public import IPv6
import Timing

/// A file of captured frames, pcap or pcapng, read by libpcap from its beginning to its end.
public struct CaptureFile: ~Copyable {
    /// What errors call it: the path as it was given, or "standard input".
    public let name: String
    public let linkLayer: LinkLayer
    /// Frames read so far.
    public private(set) var frames = 0

    private let pcap: lc_pcap
    private let handle: OpaquePointer

    /// Opens a file and reads its header.
    ///
    /// - Parameter path: `-` for standard input.
    public init(path: String) throws(CaptureFileError) {
        let descriptor = path == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotOpen(file: path, errno: errno) }
        try self.init(descriptor: descriptor, name: path == "-" ? "standard input" : path)
    }

    /// Reads from a descriptor, which is closed at the end, or at once if this throws.
    public init(descriptor: Int32, name: String) throws(CaptureFileError) {
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            close(descriptor)
            throw .isDirectory(file: name)
        }
        guard let stream = fdopen(descriptor, "r") else {
            let reason = errno
            close(descriptor)
            throw .cannotOpen(file: name, errno: reason)
        }
        let pcap: lc_pcap
        let handle: OpaquePointer
        do throws(CaptureFileError) {
            if let other = CaptureFileError(beginning: Self.beginning(of: stream), file: name) { throw other }
            pcap = try Self.library()
            handle = try Self.start(reading: stream, pcap, name)
        } catch {
            fclose(stream)
            throw error
        }
        guard let linkLayer = LinkLayer(dataLink: pcap.datalink(handle)) else {
            let number = pcap.datalink(handle)
            let type = pcap.datalink_val_to_name(number).map { String(cString: $0) } ?? "\(number)"
            pcap.close(handle)
            throw .linkType(type, file: name)
        }
        self.pcap = pcap
        self.handle = handle
        self.name = name
        self.linkLayer = linkLayer
    }

    deinit { pcap.close(handle) }  // the stream and its descriptor too

    /// libpcap, loaded when it is first needed.
    private static func library() throws(CaptureFileError) -> lc_pcap {
        var missing: UnsafePointer<CChar>?
        guard let library = lc_pcap_load(&missing) else {
            throw .noLibrary(missing.map { String(cString: $0) } ?? "libpcap.so")
        }
        return library.pointee
    }

    private static func start(reading stream: UnsafeMutablePointer<FILE>, _ pcap: lc_pcap, _ name: String)
        throws(CaptureFileError) -> OpaquePointer
    {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        let precision = u_int(PCAP_TSTAMP_PRECISION_NANO)
        if let handle = pcap.fopen_offline_with_tstamp_precision(stream, precision, &message) { return handle }
        let reason = String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        throw .notACapture(file: name, reason: reason)
    }

    /// The first octets, which stay to be read.
    private static func beginning(of stream: UnsafeMutablePointer<FILE>) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: 16)
        octets.removeLast(octets.count - fread(&octets, 1, octets.count, stream))
        clearerr(stream)  // the end of a short file, which libpcap is to meet itself
        // They are in the stream's buffer still, so that there is room for all of them.
        for octet in octets.reversed() { ungetc(Int32(octet), stream) }
        return octets
    }

    /// Hands over the next frame. Its octets, link-layer header first, are valid during the call of `body`.
    ///
    /// - Returns: false at the end of the file.
    public mutating func next(_ body: (_ octets: RawSpan, _ frame: CapturedFrame) -> Void) throws(CaptureFileError)
        -> Bool
    {
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var octets: UnsafePointer<UInt8>?
        let status = pcap.next_ex(handle, &header, &octets)
        if status == PCAP_ERROR_BREAK { return false }
        guard status == 1, let header, let octets else { throw failure() }
        frames += 1
        let time = CapturedFrame.time(
            seconds: Int(header.pointee.ts.tv_sec), nanoseconds: Int(header.pointee.ts.tv_usec))
        body(
            UnsafeRawBufferPointer(start: octets, count: Int(header.pointee.caplen)).bytes,
            CapturedFrame(time: time, length: Int(header.pointee.len)))
        return true
    }

    private func failure() -> CaptureFileError {
        let reason = pcap.geterr(handle).map { String(cString: $0) } ?? "unknown reason"
        // libpcap has no code for it, only these words: "an interface has a type 1 different from the type of the first".
        if reason.contains("an interface has a") && reason.contains("different from") {
            return .differentInterfaces(file: name)
        }
        if reason.hasPrefix("truncated") { return .truncated(file: name, frames: frames) }
        return .damaged(file: name, frames: frames, reason: reason)
    }
}

extension LinkLayer {
    /// nil for a link type that is not understood.
    init?(dataLink: Int32) {
        switch dataLink {
        case DLT_EN10MB: self = .ethernet
        case DLT_LINUX_SLL: self = .linuxCooked
        case DLT_LINUX_SLL2: self = .linuxCooked2
        case DLT_RAW, DLT_IPV6: self = .raw
        case DLT_NULL, DLT_LOOP: self = .loopback
        default: return nil
        }
    }
}

extension CaptureFileError {
    /// What a file with this beginning is, if it is something that people take for a capture; nil for anything else.
    init?(beginning octets: [UInt8], file: String) {
        let compressions: [(magic: [UInt8], format: String, reader: String)] = [
            ([0x1f, 0x8b], "gzip", "zcat"), ([0x28, 0xb5, 0x2f, 0xfd], "zstd", "zstdcat"),
            ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz", "xzcat"), (Array("BZh".utf8), "bzip2", "bzcat"),
            ([0x04, 0x22, 0x4d, 0x18], "lz4", "lz4cat"),
        ]
        if let found = compressions.first(where: { octets.starts(with: $0.magic) }) {
            self = .compressed(file: file, format: found.format, reader: found.reader)
        } else if octets.isEmpty {
            self = .empty(file: file)
        } else if octets.count == 16 && octets.allSatisfy({ (0x20...0x7e).contains($0) || [9, 10, 13].contains($0) }) {
            self = .text(file: file)
        } else {
            return nil
        }
    }
}
