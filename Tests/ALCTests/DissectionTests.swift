import ALC
import IPv6
import LinuxSystem
import Testing

/// Wireshark's dissector, for which a packet is what the standards say it is.
@Suite(
    "Dissection by tshark",
    .enabled(if: TestCommand.find("tshark") != nil, "needs tshark: apt-get install tshark"))
struct DissectionTests {
    static let source = IPv6Address(high: 0xfe80_0000_0000_0000, low: 1)
    static let group = IPv6Address(high: 0xff3e_0000_0000_0000, low: 0x8000_1234)

    /// A pcap file of UDP datagrams over IPv6 with these payloads; link type 229 is IPv6 itself.
    static func capture(_ payloads: [[UInt8]]) -> [UInt8] {
        func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        func big(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
        var file = little(0xa1b2_c3d4) + [2, 0, 4, 0] + little(0) + little(0) + little(65_535) + little(229)
        for (number, payload) in payloads.enumerated() {
            var datagram = big(4242) + big(4242) + big(payload.count + 8) + [0, 0] + payload
            var checksum = InternetChecksum(
                source: source, destination: group, length: datagram.count, nextHeader: 17)
            checksum.add(datagram.span.bytes)
            datagram.replaceSubrange(6..<8, with: big(Int(checksum.value)))
            let packet = [0x60, 0, 0, 0] + big(datagram.count) + [17, 1] + source.octets + group.octets + datagram
            file += little(UInt32(number)) + little(0) + little(UInt32(packet.count)) + little(UInt32(packet.count))
            file += packet
        }
        return file
    }

    /// Runs tshark over packets; the lines of its output.
    private func tshark(_ packets: [[UInt8]], _ arguments: String...) throws -> [String] {
        let command = try TestCommand()
        try command.directory.write(Self.capture(packets), to: "packets.pcap")
        let result = try command.run(
            ["tshark", "-n", "-r", "\(command.directory.path)/packets.pcap", "-d", "udp.port==4242,alc"] + arguments)
        try #require(result.exit == .code(0), "\(result.errors)")
        return result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// Packets of every kind that we send.
    private func packets() throws -> [[UInt8]] {
        let session = try TestSession(octets: 1999, symbolSize: 100, blocks: 2, name: "an update.bin")
        return try session.announcement() + [
            session.symbol(0, 0), session.symbol(1, 0x123), session.symbol(0, 3, announced: true),
            session.other(2, 1, 0x80_0005, octets: 400), session.other(3, 0, 0, octets: 300),
            ALCHeader(
                LCTHeader(tsi: 7, toi: 1, closeSession: true, closeObject: true),
                payloadID: RaptorQPayloadID(rawValue: 0)
            ).packet([]),
        ]
    }

    @Test("Every field is where it belongs")
    func fields() throws {
        let names = [
            "alc.version", "rmt-lct.fsize.cci", "rmt-lct.fsize.tsi", "rmt-lct.fsize.toi", "rmt-lct.hlen",
            "rmt-lct.codepoint", "rmt-lct.tsi", "rmt-lct.toi", "rmt-lct.flags.close_session",
            "rmt-lct.flags.close_object", "rmt-lct.hec.type", "rmt-lct.flute_version", "rmt-lct.fdt_instance_id",
            "rmt-fec.fti.transfer_length", "rmt-fec.fti.encoding_symbol_length", "rmt-fec.fti.num_blocks",
            "rmt-fec.fti.num_subblocks", "rmt-fec.fti.alignment", "rmt-fec.encoding_id", "rmt-fec.sbn", "rmt-fec.esi",
        ]
        let packets = try packets()
        let command = try TestCommand()
        try command.directory.write(Self.capture(packets), to: "packets.pcap")
        let result = try command.run(
            [
                "tshark", "-n", "-r", "\(command.directory.path)/packets.pcap", "-d", "udp.port==4242,alc", "-T",
                "fields",
            ]
                + ["-E", "separator=/s", "-E", "aggregator=,"] + ["-E", "quote=s"] + names.flatMap { ["-e", $0] })
        try #require(result.exit == .code(0), "\(result.errors)")
        let lines = result.output.split(separator: "\n").map { $0.replacing("'", with: "") }
        let tsi = "\(TestSession.tsi)"
        let text = packets[0].count - 40
        #expect(
            lines == [
                "1 4 4 4 36 6 \(tsi) 0 0 0 192,64 2 1 \(text) \(text) 1 1 4 6 0 0x00000000",
                "1 4 4 4 16 6 \(tsi) 1 0 0         6 0 0x00000000",
                "1 4 4 4 16 6 \(tsi) 1 0 0         6 1 0x00000123",
                "1 4 4 4 32 6 \(tsi) 1 0 0 64   1999 100 2 1 4 6 0 0x00000003",
                "1 4 4 4 16 6 \(tsi) 2 0 0         6 1 0x00800005",
                "1 4 4 4 16 6 \(tsi) 3 0 0         6 0 0x00000000",
                "1 4 4 4 16 6 7 1 1 1         6 0 0x00000000",
            ])
    }

    @Test("No packet of ours is malformed or remarkable")
    func noComplaint() throws {
        let packets = try packets()
        let text = try tshark(packets, "-V", "-o", "udp.check_checksum:TRUE").joined(separator: "\n")
        #expect(text.split(separator: "Asynchronous Layered Coding\n").count == packets.count + 1)
        #expect(!text.contains("Malformed"))
        #expect(!text.contains("[Expert Info"))
        #expect(text.contains("Content-Location=\"an%20update.bin\""))
        #expect(text.contains("FEC Encoding ID: RaptorQ Code (6)"))
        let remarks = try tshark(packets, "-Y", "_ws.expert || _ws.malformed")
        #expect(remarks == [""])
    }

    @Test("A damaged packet is remarkable, so that the test above says something")
    func complaint() throws {
        let packet = try packets()[0]
        let remarks = try tshark([Array(packet[..<30])], "-Y", "_ws.malformed")
        #expect(remarks.count == 2)
    }

    @Test("Fields of all lengths are dissected as we read them")
    func fieldLengths() throws {
        // The dissector has no version of identifiers of no length, nor of more than 64 bits.
        let headers = LCTHeaderTests.fieldCodes.filter {
            $0.s + $0.h > 0 && $0.o + $0.h > 0 && 4 * $0.o + 2 * $0.h <= 8
        }
        let packets = headers.map {
            LCTHeaderTests.header(c: $0.c, s: $0.s, o: $0.o, h: $0.h).octets + [1, 0, 0, 2, 3]
        }
        let lines = try tshark(
            packets, "-T", "fields", "-E", "separator=/s", "-e", "rmt-lct.cci", "-e", "rmt-lct.tsi", "-e",
            "rmt-lct.tsi64", "-e", "rmt-lct.toi", "-e", "rmt-lct.toi64", "-e", "rmt-fec.sbn", "-e", "rmt-fec.esi")
        try #require(lines.count == packets.count + 1)
        for (packet, line) in zip(packets, lines) {
            let parts = try Parts(packet)
            let digits = String(parts.lct.cci, radix: 16)
            let cci = String(repeating: "0", count: 2 * parts.lct.fieldLengths.cci - digits.count) + digits
            let found = line.split(separator: " ").map(String.init)
            #expect(found == [cci, "\(parts.lct.tsi)", "\(parts.lct.toi)", "1", "0x00000002"])
        }
    }
}
