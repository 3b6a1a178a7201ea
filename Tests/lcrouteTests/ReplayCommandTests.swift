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
        #expect(cut.errors.hasPrefix("lcroute: \(path): ends in the middle of packet 2; what comes before is shown; "))
        #expect(cut.output.hasPrefix(#"{"sequence":1,"time":1,"event":"end","groups":[],"#))

        #expect(
            try replay([0x1f, 0x8b, 8, 0]).errors
                == "lcroute: \(path): gzip-compressed; unpack it first: zcat CAPTURE | lcroute replay -\n")

        let missing = try lcroute(["replay", "/nowhere/a.pcap"])
        #expect(missing.exit == .code(1))
        #expect(missing.errors == "lcroute: /nowhere/a.pcap: No such file or directory\n")
        #expect(
            try lcroute(["replay", "/tmp"]).errors == "lcroute: /tmp: a directory, not a capture; name a file in it\n")
    }

    /// A pcap file of Ethernet frames a second apart, of which the capture kept so many octets.
    private static func pcap(_ frames: [[UInt8]], snapLength: Int = .max) -> [UInt8] {
        func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        var file: [UInt8] =
            [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0] + [UInt8](repeating: 0, count: 9) + [0, 4, 0, 1, 0, 0, 0]
        for (second, frame) in frames.enumerated() {
            let kept = frame.prefix(snapLength)
            file += number(second + 1) + number(0) + number(kept.count) + number(frame.count) + kept
        }
        return file
    }

    @Test("replay says why the tables of a capture may be empty, and shows them")
    func replayHints() throws {
        let directory = try TemporaryDirectory()
        let path = directory("capture")
        func replay(_ octets: [UInt8], _ more: String...) throws -> Result {
            try directory.write(octets, to: "capture")
            let result = try lcroute(["replay", path, "--json"] + more)
            #expect(result.exit == .code(0))
            return result
        }
        let file = try Descriptor("open", open(Self.live, O_RDONLY | O_CLOEXEC))
        var octets = [UInt8](repeating: 0, count: 40 + 90)  // the first packet, behind the headers of file and packet
        try #require(read(file.number, &octets, octets.count) == octets.count)
        let join = Array(octets[40...])
        #expect(try replay(Self.pcap([join])).errors == "")
        var ping = join
        (ping[20], ping[54]) = (58, 128)
        #expect(
            try replay(Self.pcap([ping])).errors
                == "lcroute: \(path): no MLD among its 1 IPv6 packets; the filter icmp6 matches none of it, ip6[6] = 0 does\n"
        )
        let cut = try replay(Self.pcap([join, join], snapLength: 68))
        #expect(cut.output.contains(#""too_short":2"#))
        #expect(cut.errors.hasPrefix("lcroute: \(path): 2 of its 2 packets are cut; "))

        let tagged = Array(join[..<12]) + [0x81, 0, 0, 5] + join[12...]
        let both = Self.pcap([tagged, join, tagged])
        let first = try replay(both)
        #expect(first.output.contains(#""report":2,"#))
        #expect(
            first.errors
                == "lcroute: \(path): shown is vlan5, other links in it have MLD messages, too: untagged (1); "
                + "choose with --link\n")
        let other = try replay(both, "--link", "untagged")
        #expect(other.output.contains(#""report":1,"#))
        #expect(other.errors.contains("shown is untagged, other links in it have MLD messages, too: vlan5 (2);"))
    }

    @Test(
        "replay with arguments that make no sense is 64",
        arguments: [
            [], ["a", "b"], ["a", "--role", "host"], ["a", "--until", "soon"], ["a", "--until=-1"],
            ["a", "--until=nan"], ["a", "--link", "vlan"], ["a", "--link", "vlan4096"], ["a", "--link", "eth0"],
            ["a", "--until", "1e30"],
        ])
    func replayUsage(arguments: [String]) throws {
        #expect(try lcroute(["replay"] + arguments).exit == .code(64))
    }
}
