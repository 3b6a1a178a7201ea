import Glibc
import IPv6
import LinuxSystem
import NetworkLab
import RouterControl
import Testing
import Timing
import Varlink

/// Everything at once, at random but the same again with the same seed, and then what is must be what should be.
///
/// `LCROUTE_STRESS_STEPS` makes it longer (150 steps are five seconds), `LCROUTE_STRESS_SEED` runs another course.
@Suite("Stress", .serialized, .needsNamespaces)
struct StressTests {
    private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

    @Test("after any course of joins, leaves, streams and flaps, routes, kernel and hosts agree")
    func randomCourse() throws {
        let seed = Self.number("LCROUTE_STRESS_SEED") ?? 1
        var course = try Course(seed: UInt64(seed))
        for _ in 0..<(Self.number("LCROUTE_STRESS_STEPS") ?? 150) {
            try course.step()
            pause(.milliseconds(30))
        }
        try course.settle()
        #expect(try course.disagreements() == [], "seed \(seed): \(course.history.suffix(40).joined(separator: "; "))")
        #expect(course.experiment.router.process.terminate() == .code(0))
        let log = course.experiment.router.process.text(.errors)
        #expect(!log.contains("error: "), "\(log)")
    }
}

private struct Course {
    let experiment: Experiment
    var history: [String] = []
    private var random: SeededNumbers
    private var members: [Member] = []
    private var streams: [Stream: LabStream] = [:]
    private var connections: [VarlinkConnection] = []

    private static let sources = [TwoLANs.firstSource, TwoLANs.secondSource]
    private static let groups =
        (0..<3).map { IPv6Address(high: 0xff1e << 48, low: 0x100 + $0) }
        + (0..<2).map { IPv6Address(high: 0xff3e << 48, low: 0x8000_0100 + $0) }

    private struct Member {
        let host: String
        let lan: String
        let listener: LabListener
        var filter: LabListener.Filter?

        func wants(_ source: IPv6Address) -> Bool {
            switch filter {
            case nil: false
            case .include(let sources): sources.contains(source)
            case .exclude(let sources): !sources.contains(source)
            }
        }
    }

    private struct Stream: Hashable {
        var source: IPv6Address
        var group: IPv6Address
    }

    init(seed: UInt64) throws {
        random = SeededNumbers(state: seed)
        experiment = try Experiment()
        let network = experiment.network
        for (host, lan) in [(network.h1, "lan0"), (network.h2, "lan0"), (network.h3, "lan1")] {
            for group in Self.groups {
                let listener = try LabListener(on: host, group: group)
                members.append(Member(host: host.name, lan: lan, listener: listener))
            }
        }
    }

    mutating func step() throws {
        switch Int.random(in: 0..<100, using: &random) {
        case ..<55: try changeMembership()
        case ..<85: try changeStream()
        case ..<90: try watch()
        case ..<93:
            history.append("clear")
            _ = try VarlinkConnection(path: experiment.router.control)
                .call(RouterMethod.clearGroups.qualifiedName, ClearSelection(all: true), timeout: 5)
        default:
            let lan = Bool.random(using: &random) ? "lan0" : "lan1"
            history.append("flap \(lan)")
            try experiment.network.router.ip(["link set \(lan) down", "link set \(lan) up"])
        }
    }

    private mutating func changeMembership() throws {
        let index = Int.random(in: members.indices, using: &random)
        let source = Self.sources[Int.random(in: 0...1, using: &random)]
        let isSourceSpecific = members[index].listener.group.isSourceSpecific
        let filter: LabListener.Filter? =
            switch Int.random(in: 0..<4, using: &random) {
            case 0: .include([source])
            case 1: isSourceSpecific ? .include(Self.sources) : .any
            case 2: isSourceSpecific ? nil : .exclude([source])
            default: nil
            }
        history.append("\(members[index].host) \(members[index].listener.group) \(filter.map { "\($0)" } ?? "leaves")")
        if let filter {
            if members[index].filter == nil {
                try members[index].listener.join(filter)
            } else {
                try members[index].listener.setFilter(filter)
            }
        } else {
            members[index].listener.leave()
        }
        members[index].filter = filter
    }

    private mutating func changeStream() throws {
        let group = Self.groups[Int.random(in: Self.groups.indices, using: &random)]
        let stream = Stream(source: Self.sources[Int.random(in: 0...1, using: &random)], group: group)
        history.append("stream \(stream.source) \(group)")
        if streams.removeValue(forKey: stream) == nil {
            streams[stream] = try experiment.stream(to: group, from: stream.source, rate: 50)
        }
    }

    private mutating func watch() throws {
        if connections.count >= 4 { connections.removeFirst() }
        let group = Self.groups[Int.random(in: Self.groups.indices, using: &random)]
        history.append("watch \(group)")
        let connection = try VarlinkConnection(path: experiment.router.control)
        connections.append(connection)
        let selection = ChannelSelection(groupAddress: group.description)
        try connection.stream(RouterMethod.watchChannel.qualifiedName, selection) { _ in false }
    }

    /// Waits until nothing is due any more: leaves that were asked about, the answers to startup queries.
    mutating func settle() throws {
        for stream in streams.keys.sorted(by: { ($0.group, $0.source) < ($1.group, $1.source) }).prefix(2) {
            streams[stream] = nil
        }
        _ = try experiment.router.wait(.seconds(4)) {
            try disagreements()
        } until: {
            $0.isEmpty
        }
    }

    /// What is not as it should be.
    func disagreements() throws -> [String] {
        var found: [String] = []
        for group in Self.groups {
            let wanting = Set(members.filter { $0.listener.group == group && $0.filter != nil }.map(\.lan)).sorted()
            let known = try experiment.router.interfaces(listeningTo: group)
            if known != wanting { found.append("\(group): listeners on \(wanting), the agent says \(known)") }
        }
        let routes = try experiment.router.routes()
        let kernel = try kernelRoutes()
        for route in routes {
            let key = "\(route.sourceAddress) \(route.groupAddress)"
            let outgoing = route.outgoingInterfaces.sorted()
            if kernel[key] != outgoing { found.append("\(key): to \(outgoing), the kernel says \(kernel[key] ?? [])") }
        }
        if kernel.count != routes.count { found.append("\(routes.count) routes, \(kernel.count) in the kernel") }
        for member in members { member.listener.reset() }
        pause(.milliseconds(200))
        for stream in streams.keys {
            for member in members where member.listener.group == stream.group {
                let gets = member.listener.record.bySource[stream.source] != nil
                guard gets != member.wants(stream.source) else { continue }
                found.append("\(member.host) \(gets ? "gets" : "misses") \(stream.source) \(stream.group)")
            }
        }
        return found
    }

    /// Outgoing interfaces by source and group, as /proc has them.
    private func kernelRoutes() throws -> [String: [String]] {
        let (interfaces, routes) = try experiment.network.router.perform {
            (try table("/proc/thread-self/net/ip6_mr_vif"), try table("/proc/thread-self/net/ip6_mr_cache"))
        }
        let names = Dictionary(interfaces.map { (String($0[0]), String($0[1])) }) { first, _ in first }
        var result: [String: [String]] = [:]
        for fields in routes where fields.count >= 6 {
            guard let group = IPv6Address(String(fields[0])), let source = IPv6Address(String(fields[1])) else {
                continue
            }
            let outgoing = fields[6...].compactMap { $0.split(separator: ":").first.flatMap { names[String($0)] } }
            result["\(source) \(group)"] = outgoing.sorted()
        }
        return result
    }

    private func table(_ path: String) throws -> [[Substring]] {
        String(decoding: try LabDirectory.read(path), as: UTF8.self).split(separator: "\n").dropFirst()
            .map { $0.split(separator: " ") }
    }
}

/// The same seed, the same numbers (splitmix64).
private struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
