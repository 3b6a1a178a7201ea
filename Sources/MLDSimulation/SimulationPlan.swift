import IPv6
import MLD
import Timing

/// Everything that is decided before a simulation runs: the network, what users want and when, and what goes wrong.
///
/// Only the delay of each message, the luck of each under loss and the listeners' random answers are left to the run, and
/// they follow from the seed too. So a plan fails the same way each time, and still means something with parts taken away.
public struct SimulationPlan: Sendable {
    public struct Link: Sendable {
        /// Shortest and longest time that a message is under way, in nanoseconds.
        public var delay: ClosedRange<UInt64>
        /// Every node hears messages in the order in which they were sent, as on a shared medium. Else those of two senders
        /// may cross, and only what a router and another node tell each other keeps its order.
        public var keepsOrder: Bool
        /// How likely a message comes twice.
        public var duplication: Double
        /// How likely a message is lost, within what the robustness variable is to survive: never more than it less one
        /// in any multicast address listening interval of what one host, or two routers among themselves, say and hear.
        public var boundedLoss: Double
        /// In octets.
        public var mtu: Int
        /// Hosts on it as it was drawn: a part of the plan is held to the same bounds.
        public var hostCount: Int
        /// The configuration of every router on it.
        public var configuration: MLDConfiguration
    }

    public struct Router: Sendable {
        public var number: Int
        /// Of the links that it is on, in the order of its ports.
        public var links: [Int]
        /// Low half of its link-local addresses: the lower one is querier.
        public var identifier: UInt64
        /// When it is switched on, in nanoseconds from the start.
        public var starts: UInt64
    }

    public struct Host: Sendable {
        public var number: Int
        public var link: Int
        public var version: MLDVersion
    }

    /// Something that happens at its time, in nanoseconds from the start.
    public struct Event: Sendable {
        public var at: UInt64
        public var action: Action
    }

    public enum Action: Sendable {
        /// A user changes what a host wants of a group. A host that has vanished is switched on again by it.
        case want(host: Int, group: Int, Wish)
        /// A host is switched off without a word.
        case vanish(host: Int)
        case fault(Fault)
    }

    public var seed: UInt64
    public var profile: SimulationProfile
    /// In nanoseconds.
    public var duration: UInt64
    /// Sources that may be named.
    public var sourceCount: Int
    public var groups: [IPv6Address]
    public var links: [Link]
    public var routers: [Router]
    public var hosts: [Host]
    /// In the order of their times.
    public var events: [Event]

    /// The link-local address of a router.
    static func address(ofRouter identifier: UInt64) -> IPv6Address { IPv6Address(high: 0xfe80 << 48, low: identifier) }

    /// fe80::1:0:N+1, above all routers.
    static func address(ofHost number: Int) -> IPv6Address {
        IPv6Address(high: 0xfe80 << 48, low: 0x1_0000_0001 + UInt64(number))
    }
}

extension SimulationPlan {
    /// The plan without some of its hosts and routers, and without what happens to those.
    func keeping(hosts keptHosts: (Host) -> Bool, routers keptRouters: (Router) -> Bool) -> SimulationPlan {
        var plan = self
        plan.hosts = hosts.filter(keptHosts)
        plan.routers = routers.filter(keptRouters)
        let hostNumbers = Set(plan.hosts.map(\.number))
        let routerNumbers = Set(plan.routers.map(\.number))
        plan.events = events.filter { event in
            switch event.action {
            case .want(let host, _, _), .vanish(let host): hostNumbers.contains(host)
            case .fault(let fault):
                (fault.host.map(hostNumbers.contains) ?? true) && (fault.router.map(routerNumbers.contains) ?? true)
            }
        }
        return plan
    }
}

extension SimulationPlan {
    /// The links that nodes are on, in lines: what the bounds follow from.
    public var setting: String {
        links.indices.filter { link in
            hosts.contains { $0.link == link } || routers.contains { $0.links.contains(link) }
        }.map { number in
            let link = links[number]
            let settings = link.configuration
            return "link \(number): RV \(settings.robustnessVariable), QI \(settings.queryInterval.inSeconds) s, QRI "
                + "\(settings.queryResponseInterval.inSeconds) s, LLQI \(settings.lastListenerQueryInterval.inSeconds) s, "
                + "immediate leave \(settings.immediateLeave ? "on" : "off"), MTU \(link.mtu), delay up to "
                + "\(Double(link.delay.upperBound / 1000) / 1000) ms\(link.keepsOrder ? "" : ", messages cross")"
                + (link.boundedLoss > 0 ? ", bounded loss" : "")
        }.joined(separator: "\n")
    }
}
