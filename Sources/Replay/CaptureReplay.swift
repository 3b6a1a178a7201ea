public import CaptureFile
public import IPv6
import MLD
import MembershipObjects
public import RouterControl
public import Timing

/// The frames of one capture, one after the other, through the same `MLDRouter` that the agent runs. It sends nothing: as a
/// router it stands in for the querier of the capture, as a snooper it only listens to that.
///
/// The time is the capture's. It never steps back: a frame captured before the last one counts as of the same time.
/// Timers run out at their own times, between the frames.
public struct CaptureReplay: Sendable {
    /// What the capture is called as an interface.
    public let interface: String
    /// Frames given so far.
    public private(set) var frames = 0
    /// How many of them are IPv6.
    public private(set) var packets = 0
    /// How many of all frames the capture does not hold whole.
    public private(set) var cutFrames = 0
    /// How many packets are MLD, whatever is wrong with them.
    public private(set) var messages = 0
    /// When the first frame was captured; nil before there is one.
    public private(set) var start: Instant?
    /// Up to when everything has happened, since 1970 UTC.
    public private(set) var now = Instant(nanoseconds: 0)

    /// Of the last event; the first one has 1.
    private var sequence: UInt64 = 0
    private let linkLayer: LinkLayer
    /// The VLAN, and interface, whose frames are taken: the one given, or that of the first MLD message.
    public private(set) var link: CapturedLink?
    /// How many messages each other one has.
    public private(set) var otherLinks: [CapturedLink: Int] = [:]
    private var reader = MLDPacketReader()
    private var router: MLDRouter
    private var actions: [MLDRouter.Action] = []

    /// - Parameter link: which frames to take, where a capture has several links; nil: those of the first MLD message.
    public init(role: ReplayRole, interface: String, linkLayer: LinkLayer, link: CapturedLink? = nil) {
        var configuration = MLDConfiguration()
        configuration.isPassive = true
        configuration.standsInForQuerier = role == .router
        configuration.acceptsUnspecifiedReporters = role == .snooper
        // It has no address on that link: whoever queries there is the querier. The MTU is for queries, and none is sent.
        router = MLDRouter(configuration: configuration, address: .unspecified, mtu: 1500)
        router.reportsEvents = true
        self.interface = interface
        self.linkLayer = linkLayer
        self.link = link
    }

    /// Takes the next frame, link-layer header first, and appends what happens up to its time and with it.
    public mutating func receive(_ octets: RawSpan, _ frame: CapturedFrame, into events: inout [RouterEvent]) {
        if frames == 0 {
            start = frame.time
            now = frame.time
            router.start(at: now, into: &actions)
            actions.removeAll()  // that nothing is known yet
        }
        frames += 1
        if octets.byteCount < frame.length { cutFrames += 1 }
        run(to: frame.time, into: &events)
        if case .ipv6(let offset, let link) = linkLayer.content(of: octets) {
            packets += 1
            receive(
                packet: octets.extracting(offset..<octets.byteCount), of: link, isCut: octets.byteCount < frame.length)
            tell(into: &events)
        }
        settle(into: &events)  // last, as the agent does: what comes just in time is in time
    }

    /// Lets the timers run up to `time`, after the last frame; a time that has passed changes nothing.
    public mutating func advance(to time: Instant, into events: inout [RouterEvent]) {
        guard frames > 0 else { return }
        run(to: min(time, CapturedFrame.latest), into: &events)
        settle(into: &events)
    }

    /// Moves on, with all that is due on the way.
    private mutating func run(to end: Instant, into events: inout [RouterEvent]) {
        var last: Instant?
        while let deadline = router.nextDeadline, deadline < end, deadline != last {
            now = max(now, deadline)
            settle(into: &events)
            last = deadline
        }
        now = max(now, end)
    }

    private mutating func receive(packet: RawSpan, of link: CapturedLink, isCut: Bool) {
        // What is heard on one VLAN or interface is nothing to the router of another.
        if let chosen = self.link, chosen != link {
            var reader = MLDPacketReader()
            if case .message = reader.read(packet, isCut: isCut, at: now) { otherLinks[link, default: 0] += 1 }
            return
        }
        let reading = reader.read(packet, isCut: isCut, at: now)
        if case .other = reading {
            // Nothing is known of the link yet.
        } else {
            self.link = link
            messages += 1
        }
        switch reading {
        case .other: break
        case .message(let place, let arrival):
            router.receive(packet.extracting(place), arrival, at: now, into: &actions)
        case .reassembled(let whole, let place, let arrival):
            router.receive(whole.span.bytes.extracting(place), arrival, at: now, into: &actions)
        }
        while let lost = reader.nextLost(at: now) { router.receive(RawSpan(), lost, at: now, into: &actions) }
    }

    /// Lets happen what is due.
    private mutating func settle(into events: inout [RouterEvent]) {
        router.advance(to: now, into: &actions)
        tell(into: &events)
    }

    private mutating func tell(into events: inout [RouterEvent]) {
        for case .event(let happened) in actions {
            sequence += 1
            var event = RouterEvent(happened, interface: interface, at: Double(now.nanoseconds) / 1e9)
            event.sequence = sequence
            events.append(event)
        }
        actions.removeAll(keepingCapacity: true)
    }
}

extension CaptureReplay {
    /// The tables as they are at ``CaptureReplay/now``.
    public var end: ReplayEnd {
        var router = router
        for _ in 0..<reader.waiting { router.count(.fragment) }  // what they wait for is not in the capture
        return ReplayEnd(
            sequence: sequence + 1, time: Double(now.nanoseconds) / 1e9,
            groups: router.groups.compactMap { router.group($0) }.map {
                GroupStatus($0, interface: interface, at: now)
            },
            statistics: [InterfaceStatistics(router.statistics, interface: interface)])
    }
}
