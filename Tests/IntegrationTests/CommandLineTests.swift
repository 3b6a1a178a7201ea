import FoundationEssentials
import Glibc
import IPv6
import LinuxSystem
import NetworkLab
import RouterControl
import Testing
import Timing

/// lcroute against a running agent, as an administrator or a script uses it.
@Suite("lcroute", .serialized, .needsNamespaces)
struct CommandLineTests {
    private static let group = Experiment.asm

    private func lcroute(_ arguments: [String], _ experiment: Experiment) throws -> (
        exit: ChildProcess.Exit, output: String, errors: String
    ) {
        try LabProcess.run(
            [LabPrograms.path(of: "lcroute"), "--socket", experiment.router.control] + arguments,
            on: experiment.network.router)
    }

    @Test("a membership and its route are in the tables and in the JSON")
    func tables() throws {
        let experiment = try Experiment()
        let stream = try experiment.stream(to: Self.group)
        let listener = try LabListener.joined(Self.group, on: experiment.network.h1)
        try #require(listener.waitForData(within: .seconds(2)) != nil)
        let host = try experiment.network.h1.linkLocalAddress(of: "eth0").description

        let table = try lcroute(["groups"], experiment)
        #expect(table.exit == .code(0))
        let row = table.output.split(separator: "\n").first { $0.contains(Self.group.description) }
        #expect(row?.contains("lan0") == true)

        let json = try lcroute(["--json", "groups", Self.group.description, "--interface", "lan0"], experiment)
        let groups = try JSONDecoder().decode(GroupsReply.self, from: Data(json.output.utf8)).groups
        #expect(groups.map(\.groupAddress) == [Self.group.description])
        #expect(groups.first?.filterMode == .exclude && groups.first?.hosts.map(\.hostAddress) == [host])

        let routes = try JSONDecoder().decode(
            RoutesReply.self, from: Data(try lcroute(["routes", "--json"], experiment).output.utf8)
        ).routes.filter { $0.groupAddress == Self.group.description }
        #expect(routes.map(\.outgoingInterfaces) == [["lan0"]])
        #expect(routes.first?.incomingInterface == "wan0" && routes.first?.sourceAddress == stream.source.description)
        for verb in ["status", "interfaces", "listeners", "channels", "statistics"] {
            #expect(try lcroute([verb], experiment).exit == .code(0))
            #expect(try lcroute([verb, "--json"], experiment).output.hasPrefix("{"))
        }
    }

    @Test("watch tells of a join and a leave as they happen, without skipping a number")
    func watch() throws {
        let experiment = try Experiment()
        experiment.finishQueryRound()
        let watch = try LabProcess(
            [LabPrograms.path(of: "lcroute"), "--socket", experiment.router.control, "--json", "watch"],
            on: experiment.network.router)
        #expect(watch.waitForLine(within: .seconds(3)) { $0.contains("\"snapshot\"") } != nil)
        let group = Self.group.description
        let listener = try LabListener.joined(Self.group, on: experiment.network.h3)
        #expect(watch.waitForLine(within: .seconds(3)) { $0.contains("\"group-added\"") && $0.contains(group) } != nil)
        listener.leave()
        #expect(
            watch.waitForLine(within: .seconds(5)) { $0.contains("\"group-removed\"") && $0.contains(group) } != nil)
        watch.send(signal: SIGINT)
        #expect(watch.wait(.seconds(3)) == .code(0))
        struct Numbered: Decodable { var sequence: UInt64 }
        let numbers = try watch.lines().map { try JSONDecoder().decode(Numbered.self, from: Data($0.utf8)).sequence }
        #expect(numbers.count >= 3)
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 + 1 })
    }

    @Test("clear forgets a group, and its listener's answer to the next query brings it back")
    func clear() throws {
        let experiment = try Experiment(mld: "query-interval: 3, query-max-response-time: 1")
        let stream = try experiment.stream(to: Self.group)
        let listener = try LabListener.joined(Self.group, on: experiment.network.h1)
        try #require(listener.waitForData(within: .seconds(2)) != nil)
        pause(.milliseconds(1200))  // the host repeats its join report within a second
        #expect(try lcroute(["clear", "groups", Self.group.description], experiment).exit == .code(0))
        let back = try experiment.router.wait(.seconds(6)) {
            try experiment.router.interfaces(listeningTo: Self.group)
        } until: {
            $0 == ["lan0"]
        }
        #expect(back == ["lan0"])
        listener.reset()
        #expect(listener.waitForData(within: .seconds(2)) != nil)
        withExtendedLifetime(stream) {}
    }
}
