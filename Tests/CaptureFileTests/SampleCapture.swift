import CaptureFile
import Glibc
import Replay
import RouterControl
import Testing
import Timing

/// Frames with times, to be written as a capture file of any form.
struct SampleCapture {
    struct Frame {
        /// Nanoseconds since 1970.
        var time: UInt64
        var octets: [UInt8]
        /// On the wire; more than `octets` if the capture is cut.
        var length: Int
    }

    /// The LINKTYPE_ value in the file.
    var linkType: UInt32 = 1
    var frames: [Frame]

    enum Form: CaseIterable {
        case microseconds, nanoseconds, bigEndian, pcapng, pcapngBigEndian
    }

    init(linkType: UInt32 = 1, frames: [Frame]) {
        self.linkType = linkType
        self.frames = frames
    }

    /// Frames one second apart.
    init(linkType: UInt32 = 1, _ frames: [[UInt8]]) {
        self.linkType = linkType
        self.frames = frames.enumerated().map {
            Frame(time: 1_000_000_000 * UInt64($0.offset + 1), octets: $0.element, length: $0.element.count)
        }
    }

    static let mldv2 = "linux_live_mldv2.pcap"
    static let specificQueries = "linux_live_specific_queries.pcap"

    /// One of the captures of this package: microseconds, little-endian, Ethernet. Read by hand, so that libpcap is compared
    /// with something.
    init(fixture: String) throws {
        let octets = try Self.octets(ofFile: Self.path(ofFixture: fixture))
        func number(_ place: Int) -> UInt64 {
            octets[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        try #require(number(0) == 0xa1b2_c3d4 && number(20) == 1)
        frames = []
        var place = 24
        while place < octets.count {
            let count = Int(number(place + 8))
            let start = place + 16
            frames.append(
                Frame(
                    time: number(place) * 1_000_000_000 + number(place + 4) * 1000,
                    octets: Array(octets[start..<start + count]), length: Int(number(place + 12))))
            place = start + count
        }
    }

    static func path(ofFixture name: String) -> String {
        "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Captures/\(name)"
    }

    static func octets(ofFile path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var octets = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(descriptor, &octets, octets.count)
        return Array(octets[..<max(count, 0)])
    }

    // MARK: rewriting

    /// The same packets without their Ethernet headers, behind others.
    func relinked(_ linkType: UInt32, header: [UInt8]) -> SampleCapture {
        var copy = mapped { header + $0.dropFirst(14) }
        copy.linkType = linkType
        return copy
    }

    func mapped(_ change: ([UInt8]) -> [UInt8]) -> SampleCapture {
        SampleCapture(
            linkType: linkType,
            frames: frames.map {
                let octets = change($0.octets)
                return Frame(time: $0.time, octets: octets, length: octets.count)
            })
    }

    /// As a capture with that snapshot length has them.
    func cut(to snapLength: Int) -> SampleCapture {
        var copy = self
        for index in frames.indices { copy.frames[index].octets = Array(frames[index].octets.prefix(snapLength)) }
        return copy
    }

    // MARK: files

    func file(_ form: Form = .microseconds) -> [UInt8] {
        switch form {
        case .microseconds: pcap(magic: 0xa1b2_c3d4, unit: 1000, bigEndian: false)
        case .nanoseconds: pcap(magic: 0xa1b2_3c4d, unit: 1, bigEndian: false)
        case .bigEndian: pcap(magic: 0xa1b2_c3d4, unit: 1000, bigEndian: true)
        case .pcapng: pcapng(bigEndian: false)
        case .pcapngBigEndian: pcapng(bigEndian: true)
        }
    }

    private func pcap(magic: UInt32, unit: UInt64, bigEndian: Bool) -> [UInt8] {
        var file = FileText(bigEndian: bigEndian)
        file.add(magic)
        file.add(UInt16(2), UInt16(4))
        for field in [0, 0, 262_144, linkType] { file.add(field) }
        for frame in frames {
            let (seconds, rest) = frame.time.quotientAndRemainder(dividingBy: 1_000_000_000)
            file.add(UInt32(seconds))
            file.add(UInt32(rest / unit))
            file.add(UInt32(frame.octets.count))
            file.add(UInt32(frame.length))
            file.octets += frame.octets
        }
        return file.octets
    }

    private func pcapng(bigEndian: Bool) -> [UInt8] {
        var file = FileText(bigEndian: bigEndian)
        file.addSection()
        file.addInterface(linkType: UInt16(linkType))
        for frame in frames { file.addPacket(frame, interface: 0) }
        return file.octets
    }
}

extension CaptureFile {
    /// A file that is only in memory.
    init(octets: [UInt8]) throws {
        let descriptor = memfd_create("capture", UInt32(MFD_CLOEXEC))
        try #require(descriptor >= 0 && write(descriptor, octets, octets.count) == octets.count)
        lseek(descriptor, 0, SEEK_SET)
        try self.init(descriptor: descriptor, name: "FILE")
    }

    /// All frames up to the end.
    mutating func rest() throws(CaptureFileError) -> [SampleCapture.Frame] {
        var frames: [SampleCapture.Frame] = []
        while true {
            let isThere = try next { octets, frame in
                frames.append(
                    SampleCapture.Frame(
                        time: frame.time.nanoseconds, octets: octets.withUnsafeBytes { Array($0) },
                        length: frame.length))
            }
            if !isThere { return frames }
        }
    }
}
