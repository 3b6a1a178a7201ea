import CaptureFile
import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
import MLD
import MembershipObjects
import Replay
import RouterControl
import Testing
import Timing

/// The raw socket, the live capture and the replay of a file hear the same.
@Suite("Three ears, one judgement", .needsNetworkPrivileges, .serialized)
struct ThreeEarsTests {
    /// An observer of a link, which tells by its counters and groups what it was given.
    private struct Listener {
        private var router: MLDRouter
        private var actions: [MLDRouter.Action] = []
        /// The message that is sent last has come.
        private(set) var isDone = false
        static let last = IPv6Address(high: 0xff1e_0000_0000_0000, low: 0x9999)

        init() {
            var configuration = MLDConfiguration()
            configuration.isPassive = true
            router = MLDRouter(configuration: configuration, address: .unspecified, mtu: 1500)
            router.start(at: .now, into: &actions)
        }

        mutating func receive(_ octets: RawSpan, _ arrival: MLDArrival) {
            guard arrival.source == FrameVariation.source else { return }
            router.receive(octets, arrival, at: .now, into: &actions)
            if router.group(Self.last) != nil { isDone = true }
        }

        var verdict: String {
            ThreeEarsTests.verdict(
                InterfaceStatistics(router.statistics, interface: ""), router.groups.map { "\($0)" })
        }
    }

    private static func verdict(_ statistics: InterfaceStatistics, _ groups: [String]) -> String {
        let (error, received) = (statistics.error, statistics.received)
        let counts: [(String, UInt64)] = [
            ("query", received.query), ("checksum", error.checksum), ("too_short", error.tooShort),
            ("too_long", error.tooLong), ("fragment", error.fragment), ("hop_limit", error.hopLimit),
            ("source_address", error.sourceAddress), ("router_alert", error.routerAlert),
            ("unknown_type", error.unknownType), ("malformed", error.malformed), ("denied", error.denied),
        ]
        let errors = counts.filter { $0.1 > 0 }.map { $0.1 == 1 ? $0.0 : "\($0.0)=\($0.1)" }
        return (errors + groups.filter { $0 != "\(Listener.last)" }.sorted()).joined(separator: " ")
    }

    @Test("C3 C4 C9 every form of a frame is the same to the raw socket, to libpcap and to the replay of a file")
    func everyForm() throws {
        let network = try TestNetwork()
        try network.router.perform {
            let table = try MulticastRoutingSocket()
            try table.add(#require(MIF(rawValue: 0)), interface: network.lan)
            let socket = try MLDSocket()
            try socket.join(interface: network.lan)
            let capture = try MLDCapture(interface: network.lan)
            for (number, variation) in FrameVariation.all.enumerated() {
                // A number of its own, or a fragment of one would find those of another.
                let frames = variation.frames.map { Self.numbered($0, number) }
                try network.host.perform { try send(frames + [Self.last], on: network.eth) }
                var (bySocket, byCapture) = (Listener(), Listener())
                try eventually("the last frame behind \(variation.name)") {
                    try socket.receive { bySocket.receive($0, $1) }
                    try capture.receive { byCapture.receive($0, $1) }
                    return bySocket.isDone && byCapture.isDone
                }
                #expect(bySocket.verdict == variation.verdict(of: .socket), "raw socket: \(variation.name)")
                #expect(byCapture.verdict == variation.verdict(of: .capture), "libpcap: \(variation.name)")
            }
        }
    }

    @Test("C3 C4 C9 every form of a frame in a file", arguments: [1, 1000] as [UInt32])
    func everyFormInFile(unit: UInt32) throws {
        for variation in FrameVariation.all {
            let end = try Self.replay(variation.frames, nanosecondsPerTick: unit)
            let verdict = Self.verdict(end.statistics[0], end.groups.map(\.groupAddress))
            #expect(verdict == variation.verdict(of: .file), "\(variation.name)")
        }
    }

    private static let last = FrameVariation.frame(FrameVariation.report(of: Listener.last))

    /// With another identification where it is a fragment with hop-by-hop options.
    private static func numbered(_ frame: [UInt8], _ number: Int) -> [UInt8] {
        guard frame.count > 70, frame[12] == 0x86, frame[20] == 0, frame[54] == 44 else { return frame }
        var frame = frame
        frame[62 + 6] = UInt8(number)
        return frame
    }

    private func send(_ frames: [[UInt8]], on interface: Int32) throws {
        let sender = try PacketSocket(interface: interface, receiveBuffer: 0)
        var batch = FrameBatch(capacity: frames.count, room: 2000)
        for frame in frames where !batch.append(frame.span.bytes) { throw TestFailure("frame does not fit") }
        guard try sender.send(batch) == frames.count else { throw TestFailure("not all frames sent") }
    }

    private static func replay(_ frames: [[UInt8]], nanosecondsPerTick: UInt32) throws -> ReplayEnd {
        func octets(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
        let magic: UInt32 = nanosecondsPerTick == 1 ? 0xa1b2_3c4d : 0xa1b2_c3d4
        var file = octets(magic) + [2, 0, 4, 0] + octets(0) + octets(0) + octets(262_144) + octets(1)
        for frame in frames {
            file += octets(1) + octets(0) + octets(UInt32(frame.count)) + octets(UInt32(frame.count)) + frame
        }
        let descriptor = memfd_create("capture", UInt32(MFD_CLOEXEC))
        try #require(descriptor >= 0 && write(descriptor, file, file.count) == file.count)
        lseek(descriptor, 0, SEEK_SET)
        var capture = try CaptureFile(descriptor: descriptor, name: "FILE")
        var replay = CaptureReplay(role: .router, interface: "lan0", linkLayer: capture.linkLayer)
        var events: [RouterEvent] = []
        while try capture.next({ replay.receive($0, $1, into: &events) }) {}
        return replay.end
    }
}
