import IPv6
import MLD
import Timing

/// A router and the links that it is on.
struct SimulatedRouter: Sendable {
    let number: Int
    /// Positions in the simulation's ports.
    let ports: [Int]
    var isOn = false
    /// Counts crashes, so that only the latest one's end starts it.
    var offUntil: UInt64 = 0
    /// How far its clock is ahead of virtual time, in nanoseconds.
    var clock: UInt64 = 1_000_000_000_000
}

/// A router's part on one link: the machine under test, and what is known of it.
final class SimulatedPort {
    let router: Int
    let routerNumber: Int
    let link: Int
    /// Its place on the link.
    let slot: Int
    let address: IPv6Address
    var machine: MLDRouter
    /// Given the same as `machine`; nil where there is no model of what it does.
    var model: ModelledPort?
    var isRunning = false
    var downUntil: UInt64 = 0
    /// When it is to be woken, in virtual time; `.max`: never.
    var wakesAt = UInt64.max
    /// Wakes at one instant.
    var wakesInRow = 0
    var lastWake = UInt64.max
    /// For each group of the plan.
    var watches: [ForwardingWatch]
    /// Wishes from then on are known to it within the bound for joining.
    var calmSince: UInt64 = 0
    /// Older ones are known to it by then.
    var safeFrom: UInt64 = 0
    /// A limit has refused something.
    var isLimited: Bool { machine.statistics.errors.limit > 0 }

    init(
        _ router: SimulationPlan.Router, at position: Int, link: Int, slot: Int, in plan: SimulationPlan
    ) {
        self.router = position
        routerNumber = router.number
        self.link = link
        self.slot = slot
        address = SimulationPlan.address(ofRouter: router.identifier)
        let description = plan.links[link]
        machine = MLDRouter(configuration: description.configuration, address: address, mtu: description.mtu)
        watches = [ForwardingWatch](repeating: ForwardingWatch(sourceCount: plan.sourceCount), count: plan.groups.count)
    }

    /// Loses all state, as a crash does.
    func reset(in plan: SimulationPlan) {
        let description = plan.links[link]
        machine = MLDRouter(configuration: description.configuration, address: address, mtu: description.mtu)
        forgetWatches(plan.sourceCount)
    }

    func forgetWatches(_ sourceCount: Int) {
        isRunning = false
        for index in watches.indices {
            let nextLook = watches[index].nextLook
            watches[index] = ForwardingWatch(sourceCount: sourceCount)
            watches[index].nextLook = nextLook
        }
    }
}
