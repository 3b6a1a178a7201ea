import Glibc
import JSONText
import LinuxSystem
import TestFiles
import Testing

/// `lcroute replay`, from the arguments to the output.
extension LCRouteTests {
    private static func capture(_ name: String) -> String {
        "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Captures/\(name)"
    }

    private static let live = capture("linux_live_specific_queries.pcap")

    /// The texts of some members of a line of JSON.
    private func members(_ line: Substring, _ names: String...) throws -> [String?] {
        let object = try JSONObject(parsing: Array(line.utf8))
        return names.map { object[$0].map { String(decoding: $0, as: UTF8.self) } }
    }

    @Test("replay --json prints a line an event, then the tables; the interface is named by the file")
    func replayJSON() throws {
        let result = try lcroute(["replay", "--json", Self.live])
        #expect(result.exit == .code(0))
        #expect(result.errors == "")
        let lines = result.output.split(separator: "\n")
        #expect(
            lines.first.map(String.init)
                == #"{"sequence":1,"time":1795336822.420941,"event":"group-added","#
                + #""interface":"linux_live_specific_queries.pcap","group_address":"ff15::abcd"}"#)
        for (number, line) in lines.enumerated() { #expect(try members(line, "sequence") == ["\(number + 1)"]) }
        let end = try members(try #require(lines.last), "event", "time", "statistics")
        #expect(end[0] == #""end""#)
        #expect(end[1] == "1795336853.188524")
        #expect(
            end[2]?.hasPrefix(
                #"[{"interface":"linux_live_specific_queries.pcap","received":{"query":11,"report":15,"report_v1":7,"done":1}"#
            ) == true)
    }

    @Test("replay for people: lines as of watch, then the tables of groups and statistics")
    func replayText() throws {
        let result = try lcroute(["replay", Self.live, "--until", "1"])
        #expect(result.exit == .code(0))
        let parts = result.output.split(separator: "\n\n").map { $0.split(separator: "\n") }
        try #require(parts.count == 7)
        #expect(
            parts[0].map { $0.dropFirst(13) } == [
                "group-added linux_live_specific_queries.pcap ff15::abcd",
                "host-joined linux_live_specific_queries.pcap ff15::abcd host fe80::34f0:5bff:fe3d:8e87",
                "mode-changed linux_live_specific_queries.pcap ff15::abcd exclude",
                "group-added linux_live_specific_queries.pcap ff02::1:ffaa:1ad2",
                "host-joined linux_live_specific_queries.pcap ff02::1:ffaa:1ad2 host fe80::8c4:79ff:feaa:1ad2",
                "mode-changed linux_live_specific_queries.pcap ff02::1:ffaa:1ad2 exclude",
                "group-added linux_live_specific_queries.pcap ff02::6a",
                "host-joined linux_live_specific_queries.pcap ff02::6a host fe80::8c4:79ff:feaa:1ad2",
                "mode-changed linux_live_specific_queries.pcap ff02::6a exclude",
            ])
        #expect(parts[1].count == 4)
        #expect(parts[1][3].hasPrefix("linux_live_specific_queries.pcap  ff15::abcd         exclude  mldv2"))
        #expect(parts[3].count == 4)  // hosts
        #expect(parts[4][1].split(separator: " ").dropFirst() == ["received", "0", "3", "0", "0"])
        #expect(parts[5].count == 2)  // errors, and then limits
    }

    @Test("replay of the same link as a router and as a snooper", arguments: [("router", 49, 2), ("snooper", 51, 0)])
    func replayRole(role: String, reports: Int, dropped: Int) throws {
        let result = try lcroute(["replay", Self.capture("linux_live_mldv2.pcap"), "--role", role, "--json"])
        #expect(result.output.contains(#""received":{"query":6,"report":\#(reports),"#))
        #expect(result.output.contains(#""source_address":\#(dropped),"router_alert""#))
    }

    @Test("replay goes on after the end of the capture until all that was known has run out")
    func replayUntil() throws {
        let result = try lcroute(["replay", Self.live, "--json", "--until", "1000.5"])
        let end = try members(try #require(result.output.split(separator: "\n").last), "groups", "time")
        #expect(end == ["[]", "1795337822.920941"])
    }

    @Test("replay reads a capture from standard input")
    func replayStandardInput() throws {
        let file = try Descriptor("open", open(Self.live, O_RDONLY | O_CLOEXEC))
        let result = try lcroute(["replay", "-", "--json"], standardInput: file.number)
        #expect(result.exit == .code(0))
        #expect(result.output.contains(#""statistics":[{"interface":"stdin","received":{"query":11,"#))
    }

    @Test("replay says what is wrong with a capture, and shows what could be read")
    func replayFailures() throws {
        let directory = try TemporaryDirectory()
        let path = directory("capture")
        func replay(_ octets: [UInt8]) throws -> Result {
            try directory.write(octets, to: "capture")
            let result = try lcroute(["replay", path, "--json"])
            #expect(result.exit == .code(1))
            #expect(result.errors.count { $0 == "\n" } == 1)
            return result
        }
        let header: [UInt8] = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0] + [UInt8](repeating: 0, count: 9) + [0, 4, 0]
        let ethernet: [UInt8] = header + [1, 0, 0, 0]
        let frame: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, 14, 0, 0, 0, 14, 0, 0, 0]
        let arp = [UInt8](repeating: 2, count: 12) + [8, 6]

        #expect(
            try replay([1, 2, 3, 4, 5, 6, 7, 8]).errors.hasPrefix("lcroute: \(path): not a pcap or pcapng capture"))
        #expect(try replay(ethernet).errors == "lcroute: \(path): holds no packet\n")
        #expect(
            try replay(ethernet + frame + arp).errors
                == "lcroute: \(path): none of its packets is IPv6; was it captured on another link?\n")
        #expect(
            try replay(header + [105, 0, 0, 0]).errors
                == "lcroute: \(path): link type IEEE802_11 is not supported; "
                + "Ethernet, Linux cooked, raw IPv6 and loopback are\n")
        let cut = try replay(ethernet + frame + arp + frame + [1])
        #expect(cut.errors.hasPrefix("lcroute: \(path): only the first 1 packet could be read: truncated"))
        #expect(cut.output.hasPrefix(#"{"sequence":1,"time":1,"event":"end","groups":[],"#))

        let missing = try lcroute(["replay", "/nowhere/a.pcap"])
        #expect(missing.exit == .code(1))
        #expect(missing.errors == "lcroute: /nowhere/a.pcap: No such file or directory\n")
        #expect(
            try lcroute(["replay", "/tmp"]).errors == "lcroute: /tmp: a directory, not a capture; name a file in it\n")
    }

    @Test(
        "replay with arguments that make no sense is 64",
        arguments: [
            [], ["a", "b"], ["a", "--role", "host"], ["a", "--until", "soon"], ["a", "--until=-1"],
            ["a", "--until=nan"],
            ["a", "--until", "1e30"],
        ])
    func replayUsage(arguments: [String]) throws {
        #expect(try lcroute(["replay"] + arguments).exit == .code(64))
    }
}
