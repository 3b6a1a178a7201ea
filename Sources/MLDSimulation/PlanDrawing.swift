import IPv6
import MLD
import SeededRandom
import Timing

/// How large a plan is to be; what is nil is drawn.
public struct SimulationSize: Sendable, Equatable {
    public var links: Int?
    /// In all.
    public var routers: Int?
    /// In all.
    public var hosts: Int?
    /// Of the time in which something happens to the network; a quiet time follows in which all promises fall due.
    public var duration: Duration?
    public init() {}
}

extension SimulationPlan {
    /// The plan that belongs to a seed. Without a profile the seed chooses that, too.
    public init(seed: UInt64, profile: SimulationProfile? = nil, size: SimulationSize = SimulationSize()) {
        let profiles = SimulationProfile.allCases
        var drawing = PlanDrawing(
            seed: seed, profile: profile ?? profiles[Int(seed % UInt64(profiles.count))], size: size)
        self = drawing.plan()
    }
}

/// Draws a plan by chance: the network here, what happens in it in `PlanDrawing+Events`.
struct PlanDrawing {
    static let second: UInt64 = 1_000_000_000

    let seed: UInt64
    let profile: SimulationProfile
    let size: SimulationSize
    var random: SeededGenerator

    init(seed: UInt64, profile: SimulationProfile, size: SimulationSize) {
        self.seed = seed
        self.profile = profile
        self.size = size
        random = SeededGenerator(seed: seed &* 0x2545_f491_4f6c_dd1d)
    }

    mutating func chance(_ likelihood: Double) -> Bool { Double.random(in: 0..<1, using: &random) < likelihood }

    mutating func draw<T>(_ choices: [T], or fallback: T) -> T { choices.randomElement(using: &random) ?? fallback }

    mutating func plan() -> SimulationPlan {
        let linkCount = max(1, size.links ?? (chance(0.75) ? 1 : 2))
        let hostCount =
            size.hosts ?? (0..<linkCount).reduce(0) { count, _ in count + Int.random(in: 2...4, using: &random) }
        var plan = SimulationPlan(
            seed: seed, profile: profile, duration: 0, sourceCount: sourceCount(), groups: groups(),
            links: (0..<linkCount).map { _ in link() }, routers: [], hosts: [], events: [])
        plan.hosts = (0..<max(hostCount, 0)).map { number in
            let isOld = profile == .version1 && chance(0.5) || profile == .mixed && chance(0.15)
            return SimulationPlan.Host(number: number, link: number % linkCount, version: isOld ? .mldv1 : .mldv2)
        }
        for host in plan.hosts { plan.links[host.link].hostCount += 1 }
        plan.routers = routers(linkCount)
        let bounds = plan.links.map {
            LinkBounds($0, unsolicitedReportInterval: SimulatedHost.unsolicitedReportInterval)
        }
        let longest = bounds.map(\.settle).max() ?? 0
        let active = size.duration.map { UInt64(max($0.nanoseconds, 0)) } ?? longest
        // The longest promises take as long as all the rest: they need not fall due in every plan.
        let rest = longest + (chance(0.3) ? bounds.map(\.stopInTime).max() ?? 0 : 0)
        plan.duration = active + (profile.isTroubled || chance(0.3) ? rest : 10 * Self.second)
        drawEvents(of: &plan, bounds, active: active)
        return plan
    }

    private func sourceCount() -> Int {
        switch profile {
        case .lists: 100
        case .hostile: 6
        default: 3
        }
    }

    /// ff1e::N and, in the SSM range, ff3e::8000:N.
    private mutating func groups() -> [IPv6Address] {
        let count = (size.hosts ?? 0) > 100 ? 40 : Int.random(in: 1...3, using: &random)
        let isMixed = chance(0.4)
        return (1...count).map { number in
            profile == .sourceSpecific || isMixed && number == count
                ? IPv6Address(high: 0xff3e << 48, low: 0x8000_0000 + UInt64(number))
                : IPv6Address(high: 0xff1e << 48, low: UInt64(number))
        }
    }

    private mutating func link() -> SimulationPlan.Link {
        var configuration = MLDConfiguration()
        configuration.robustnessVariable = draw([2, 2, 3], or: 2)
        configuration.queryInterval = .seconds(draw([20, 30, 60, 125], or: 125))
        configuration.queryResponseInterval = .seconds(draw([2, 5, 10], or: 10))
        configuration.lastListenerQueryInterval = .milliseconds(draw([500, 1000, 1000, 2000], or: 1000))
        configuration.immediateLeave = chance(profile == .forgedLeaves ? 0.9 : 0.5)
        if chance(0.15) { configuration.listeningInterval = .rfc3810 }
        if profile == .hostile && chance(0.4) {
            configuration.maximumGroups = 6
            configuration.maximumGroupSources = 4
            configuration.maximumHosts = 3
        }
        let shortest = UInt64.random(in: 1...1_000_000, using: &random)
        let longest = shortest + UInt64.random(in: 1...(chance(0.5) ? 2_000_000 : 50_000_000), using: &random)
        return SimulationPlan.Link(
            delay: shortest...longest, keepsOrder: chance(0.6), duplication: chance(0.3) ? 0.2 : 0,
            boundedLoss: profile == .lossy ? draw([0.1, 0.5, 0.9], or: 0.5) : 0,
            mtu: profile == .lists || chance(0.2) ? 1280 : 1500, hostCount: 0, configuration: configuration)
    }

    private mutating func routers(_ linkCount: Int) -> [SimulationPlan.Router] {
        let isCrowded = [.routers, .crashing, .partitioned, .mixed].contains(profile)
        let count =
            size.routers ?? linkCount * (isCrowded ? Int.random(in: 2...3, using: &random) : chance(0.3) ? 2 : 1)
        var identifiers: Set<UInt64> = []
        return (0..<max(count, 0)).map { number in
            var identifier = UInt64.random(in: 0x10...0xffff, using: &random)
            while !identifiers.insert(identifier).inserted { identifier += 1 }
            var links = [number % linkCount]
            if count < linkCount {
                links = Array(stride(from: number, to: linkCount, by: count))
            } else if linkCount > 1 && chance(0.5) {
                links.append((number + 1) % linkCount)
            }
            let isLate = number > 0 && isCrowded && chance(0.7)
            return SimulationPlan.Router(
                number: number, links: links, identifier: identifier,
                starts: isLate ? UInt64.random(in: 0...(200 * Self.second), using: &random) : 0)
        }
    }
}
