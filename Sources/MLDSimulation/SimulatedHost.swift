import IPv6
import MLD
import SeededRandom
import Timing

/// A listener and what its user wants.
final class SimulatedHost {
    /// What the user wants of one group.
    struct Desire: Sendable {
        let group: Int
        var wish: Wish
        var wanted: SourceSet
        /// Since when each source has been wanted without a break, in nanoseconds of virtual time.
        var since: [UInt64]
        /// The latest of them.
        var newest: UInt64
    }

    let number: Int
    let link: Int
    /// Its place on the link.
    let slot: Int
    let address: IPv6Address
    let version: MLDVersion
    var isOn = true
    /// How far its clock is ahead of virtual time, in nanoseconds.
    var clock: UInt64 = 1_000_000_000_000
    /// When it is to be woken, in virtual time; `.max`: never.
    var wakesAt = UInt64.max
    var desires: [Desire] = []
    private var listener: MLDListener
    private var random: SeededGenerator

    init(_ plan: SimulationPlan.Host, slot: Int, in link: SimulationPlan.Link, seed: UInt64) {
        number = plan.number
        self.link = plan.link
        self.slot = slot
        version = plan.version
        address = SimulationPlan.address(ofHost: plan.number)
        random = SeededGenerator(seed: seed &+ UInt64(plan.number) &* 0x9e37_79b9)
        listener = Self.listener(version, link)
    }

    /// The longest time between two transmissions of one change, in nanoseconds.
    static let unsolicitedReportInterval: UInt64 = 1_000_000_000

    private static func listener(_ version: MLDVersion, _ link: SimulationPlan.Link) -> MLDListener {
        var configuration = MLDListenerConfiguration()
        configuration.robustnessVariable = link.configuration.robustnessVariable
        configuration.unsolicitedReportInterval = .nanoseconds(Int64(unsolicitedReportInterval))
        configuration.queryInterval = link.configuration.queryInterval
        configuration.queryResponseInterval = link.configuration.queryResponseInterval
        configuration.version = version
        return MLDListener(configuration: configuration, mtu: link.mtu)
    }

    private func local(_ time: UInt64) -> Instant { Instant(nanoseconds: time + clock) }

    /// When the listener has something to do, in virtual time.
    var deadline: UInt64 {
        guard isOn, let next = listener.nextDeadline, next != .distantFuture else { return .max }
        return next.nanoseconds > clock ? next.nanoseconds - clock : 0
    }

    /// Switches off, and forgets.
    func vanish(in link: SimulationPlan.Link) {
        isOn = false
        desires = []
        listener = Self.listener(version, link)
    }

    func want(
        _ wish: Wish, of group: Int, _ address: IPv6Address, all: SourceSet, sourceCount: Int, at time: UInt64,
        into actions: inout [MLDListener.Action]
    ) {
        isOn = true
        note(wish, of: group, all: all, sourceCount: sourceCount, at: time)
        listener.want(
            address, wish.mode, wish.listed.numbers.map(SourceSet.address), at: local(time), using: &random,
            into: &actions)
    }

    private func note(_ wish: Wish, of group: Int, all: SourceSet, sourceCount: Int, at time: UInt64) {
        let wanted = wish.wanted(of: all)
        let position = desires.firstIndex { $0.group == group }
        if wanted.isEmpty {
            if let position { desires.remove(at: position) }
            return
        }
        guard let position else {
            desires.append(
                Desire(
                    group: group, wish: wish, wanted: wanted,
                    since: [UInt64](repeating: time, count: sourceCount + 1), newest: time))
            return
        }
        let added = wanted.subtracting(desires[position].wanted)
        for number in added.numbers { desires[position].since[number] = time }
        if !added.isEmpty { desires[position].newest = time }
        desires[position].wish = wish
        desires[position].wanted = wanted
    }

    func wish(of group: Int) -> Wish { desires.first { $0.group == group }?.wish ?? .nothing }

    func receive(_ octets: [UInt8], at time: UInt64, into actions: inout [MLDListener.Action]) {
        guard isOn, let packet = ReceivedPacket(octets), packet.isIntact else { return }
        listener.receive(
            octets.span.bytes.extracting(packet.payload), from: packet.source, to: packet.destination,
            hopLimit: packet.hopLimit, routerAlert: packet.routerAlert, at: local(time), using: &random, into: &actions)
    }

    func advance(to time: UInt64, into actions: inout [MLDListener.Action]) {
        listener.advance(to: local(time), using: &random, into: &actions)
    }
}
