import Glibc
import IPv6
import LinuxSystem
import NetworkLab
import Testing
import Timing

/// The lab itself: what it measures with must be right before anything is measured.
@Suite("Laboratory", .serialized, .needsNamespaces)
struct LaboratoryTests {
    let group = IPv6Address(high: 0xff1e_0000_0000_0000, low: 0x1234)

    @Test("a kernel host that joins is heard on the LAN with hop limit 1 and Router Alert")
    func joinIsHeard() throws {
        let network = try TwoLANs()
        let sniffer = try LabSniffer(network.lan0, portOf: network.h1)
        let listener = try LabListener.joined(group, on: network.h1)
        let report = try #require(
            sniffer.waitForMessage(within: .seconds(3)) { $0.kind == .report && $0.groups.contains(group) })
        #expect(!report.outgoing)
        #expect(report.hopLimit == 1 && report.routerAlert)
        #expect(report.source == (try network.h1.linkLocalAddress(of: "eth0")))
        #expect(report.destination == .allMLDv2Routers)
        let isInclude = report.records.first { $0.group == group }?.type
        #expect(isInclude == 4, "CHANGE_TO_EXCLUDE")
        listener.leave()
        #expect(
            sniffer.waitForMessage(within: .seconds(3)) { $0.records.contains { $0.group == group && $0.type == 3 } }
                != nil)
    }

    @Test("a stream on one LAN reaches its listeners with no number missing, and not the other LAN")
    func streamArrives() throws {
        let network = try TwoLANs()
        let other = try LabSniffer(network.lan1, portOf: network.h3)
        let listener = try LabListener.joined(group, on: network.h2)
        let stream = try LabStream(
            from: try #require(IPv6Address("2001:db8:1::11")), on: network.h1, to: group, rate: 1000)
        #expect(listener.waitForData(within: .seconds(3)) != nil)
        pause(.milliseconds(300))
        let record = listener.record
        #expect(record.count > 100)
        #expect(record.missing == 0)
        #expect(stream.failed == 0)
        #expect(other.record.frames == 0)
        withExtendedLifetime(stream) {}
    }

    @Test("a listener of one source does not get another")
    func sourceFilter() throws {
        let network = try TwoLANs()
        let ssm = try #require(IPv6Address("ff3e::8000:1"))
        let wanted = try #require(IPv6Address("2001:db8:1::11"))
        let unwanted = try #require(IPv6Address("2001:db8:1::12"))
        let sniffer = try LabSniffer(network.lan0, portOf: network.h1)
        let listener = try LabListener.joined(ssm, .include([wanted]), on: network.h2)
        let report = try #require(
            sniffer.waitForMessage(within: .seconds(3)) { $0.outgoing && $0.groups.contains(ssm) })
        #expect(report.records.contains { $0.group == ssm && $0.type == 5 && $0.sources == [wanted] })
        let streams = [
            try LabStream(from: wanted, on: network.h1, to: ssm, rate: 500),
            try LabStream(from: unwanted, on: network.h2, to: ssm, rate: 500),
        ]
        #expect(listener.waitForData(from: wanted, within: .seconds(3)) != nil)
        pause(.milliseconds(200))
        #expect(listener.record.bySource[unwanted] == nil)
        withExtendedLifetime(streams) {}
    }

    @Test("the output of a program is caught line by line, and a killed one is seen to have been killed")
    func processes() throws {
        let process = try LabProcess(["sh", "-c", "echo one; echo two >&2; cat; sleep 60"], input: "three\nfour")
        #expect(process.waitForLine(within: .seconds(5)) { $0 == "three" } == "three")
        #expect(process.waitForLine(.errors, within: .seconds(5)) { $0 == "two" } == "two")
        process.send(signal: SIGKILL)
        #expect(process.wait(.seconds(5)) == .signal(SIGKILL))
        #expect(process.lines() == ["one", "three", "four"])
        #expect(throws: SystemError.self) { try LabProcess(["/nonexistent/program"]) }
    }

    @Test("nothing is left of a lab that has gone")
    func cleanUp() throws {
        let names = try { () throws -> [String] in
            let laboratory = Laboratory()
            _ = try laboratory.machine("h1")
            let exposed = try laboratory.expose().map(\.namespace)
            for name in exposed { #expect(access("/run/netns/\(name)", F_OK) == 0) }
            #expect(!exposed.isEmpty)
            return exposed
        }()
        for name in names { #expect(access("/run/netns/\(name)", F_OK) != 0) }
    }
}
