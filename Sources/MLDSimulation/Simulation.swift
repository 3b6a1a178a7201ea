import IPv6
import MLD
import SeededRandom
import Timing

/// Many routers and hosts on simulated links in virtual time, each of them the machine that the programs run.
///
/// Messages travel as whole IPv6 packets through the real parsers. After every event the promises of ``Invariant`` are
/// looked at for what it touched; promises that fall due without any event have events of their own.
public final class Simulation {
    /// How a plan is run.
    public struct Options: Sendable {
        /// Keep what happens as lines of text.
        public var isTraced = false
        /// A fault built into the routers or the network, to see the invariants find it.
        public var sabotage: Sabotage?
        /// At every so many events, a port that had something to do is compared with the model and looked at in all groups;
        /// else only in those that it said have changed. 0: always the latter, and there is no model.
        public var period = 1

        public init() {}
    }

    let plan: SimulationPlan
    let options: Options
    let all: SourceSet
    var queue = EventQueue()
    /// Virtual time in nanoseconds.
    public internal(set) var now: UInt64 = 0
    var links: [SimulatedLink]
    var routers: [SimulatedRouter] = []
    var ports: [SimulatedPort] = []
    var hosts: [SimulatedHost] = []
    var routerPositions: [Int: Int] = [:]
    var hostPositions: [Int: Int] = [:]
    /// Actions of the machine at work; kept for their memory.
    var routerActions: [MLDRouter.Action] = []
    var hostActions: [MLDListener.Action] = []
    /// Groups that a machine said have changed.
    var toldGroups: [Int] = []
    let groupPositions: [IPv6Address: Int]

    public internal(set) var counts = InvariantCounts()
    /// The first promise that was not kept.
    public internal(set) var failure: SimulationFailure?
    /// Events that have happened.
    public internal(set) var eventCount = 0
    public internal(set) var trace = SimulationTrace()

    public init(_ plan: SimulationPlan, options: Options = Options()) {
        self.plan = plan
        self.options = options
        all = .all(plan.sourceCount)
        groupPositions = Dictionary(
            plan.groups.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        links = plan.links.enumerated().map {
            SimulatedLink(
                $1, groupCount: plan.groups.count, seed: plan.seed ^ (UInt64($0) &+ 1) &* 0xd134_2543_de82_ef95)
        }
        addRouters()
        addHosts()
        for link in links.indices { links[link].prepare() }
        for (position, event) in plan.events.enumerated() { queue.add(.planned(position), at: event.at) }
    }

    private func addRouters() {
        for (position, router) in plan.routers.enumerated() {
            var members: [Int] = []
            for link in router.links {
                let port = SimulatedPort(router, at: position, link: link, slot: links[link].nodes.count, in: plan)
                sabotageConfiguration(of: port)
                links[link].nodes.append(.port(ports.count))
                links[link].ports.append(ports.count)
                members.append(ports.count)
                ports.append(port)
            }
            routers.append(SimulatedRouter(number: router.number, ports: members))
            routerPositions[router.number] = position
            queue.add(.start(router: position), at: router.starts)
        }
    }

    private func addHosts() {
        for host in plan.hosts {
            let slot = links[host.link].nodes.count
            links[host.link].nodes.append(.host(hosts.count))
            hostPositions[host.number] = hosts.count
            hosts.append(SimulatedHost(host, slot: slot, in: plan.links[host.link], seed: plan.seed))
        }
    }

    /// Runs to the end of the plan, or to the first failure.
    public func run() {
        while failure == nil, step() {}
    }

    /// Lets the next thing happen; false when the plan is at its end.
    func step() -> Bool {
        guard let (time, happening) = queue.next(until: plan.duration) else {
            now = plan.duration
            return false
        }
        now = time
        eventCount += 1
        switch happening {
        case .arrival(let octets, .port(let port)): receive(octets, at: port)
        case .arrival(let octets, .host(let host)): receive(octets, atHost: host)
        case .planned(let position): perform(plan.events[position].action)
        case .heal(let link): heal(link)
        case .start(let router): start(router)
        case .linkUp(let port): bringUp(port)
        case .wake(.port(let port)): wake(port)
        case .wake(.host(let host)): wake(host: host)
        case .look(let port, let group):
            if ports[port].watches[group].nextLook == now {
                ports[port].watches[group].nextLook = .max
                look(at: port, group)
            }
        case .lookAtQuerier(let link): lookAtQuerier(of: link, isDue: true)
        case .lookForPretender(let link): lookForPretender(on: link)
        }
        return true
    }

    func fail(_ invariant: Invariant, on link: Int? = nil, _ explanation: @autoclosure () -> String) {
        guard failure == nil else { return }
        let failure = SimulationFailure(invariant: invariant, time: now, link: link, explanation: explanation())
        self.failure = failure
        note("\(failure)")
    }

    /// Adds a line to the trace, if there is one.
    func note(_ text: @autoclosure () -> String) {
        if options.isTraced { trace.add(text(), at: now) }
    }

    func name(ofPort port: Int) -> String {
        let isAlone = routers[ports[port].router].ports.count == 1
        return "router \(ports[port].routerNumber)" + (isAlone ? "" : " on link \(ports[port].link)")
    }
}
