import CaptureFile
import Glibc
import IPv6
import Testing
import Timing

@Suite struct CaptureFileTests {
    private func refusal(_ octets: [UInt8]) -> CaptureFileError? {
        do {
            var file = try CaptureFile(octets: octets)
            _ = try file.rest()
            return nil
        } catch {
            return error as? CaptureFileError
        }
    }

    private static let packet: [UInt8] = [0x60] + [UInt8](repeating: 0, count: 39)

    @Test("A capture of a real link is read as it was written", arguments: SampleCapture.Form.allCases)
    func forms(form: SampleCapture.Form) throws {
        let sample = try SampleCapture(fixture: SampleCapture.mldv2)
        var file = try CaptureFile(octets: sample.file(form))
        let frames = try file.rest()
        #expect(file.linkLayer == .ethernet)
        #expect(file.frames == 80)
        #expect(frames.map(\.time) == sample.frames.map(\.time))
        #expect(frames.map(\.octets) == sample.frames.map(\.octets))
        #expect(frames.first?.time == 1_795_336_724_952_912_000)
        #expect(frames.last?.time == 1_795_336_786_276_718_000)
        #expect(frames.last?.length == 630)
        #expect(try !file.next { _, _ in Issue.record("a frame behind the end") })
    }

    @Test("A file of this package by its path")
    func path() throws {
        let path = SampleCapture.path(ofFixture: SampleCapture.specificQueries)
        var file = try CaptureFile(path: path)
        #expect(file.name == path)
        #expect(try file.rest().count == 34)
    }

    @Test("Nanoseconds are kept", arguments: [SampleCapture.Form.nanoseconds, .pcapng])
    func nanoseconds(form: SampleCapture.Form) throws {
        let frame = SampleCapture.Frame(time: 1_234_567_890_123_456_789, octets: Self.packet, length: 40)
        var file = try CaptureFile(octets: SampleCapture(linkType: 229, frames: [frame]).file(form))
        #expect(try file.rest().first?.time == 1_234_567_890_123_456_789)
    }

    @Test("A frame that the snapshot length cut says how long it was")
    func cut() throws {
        let sample = SampleCapture([[UInt8](repeating: 7, count: 100)]).cut(to: 60)
        var file = try CaptureFile(octets: sample.file())
        let frame = try #require(try file.rest().first)
        #expect(frame.octets.count == 60)
        #expect(frame.length == 100)
    }

    @Test(
        "Every link type that carries IPv6 and is understood",
        arguments: [
            (1, LinkLayer.ethernet), (113, .linuxCooked), (276, .linuxCooked2), (101, .raw), (229, .raw),
            (0, .loopback),
            (108, .loopback),
        ] as [(UInt32, LinkLayer)])
    func linkTypes(number: UInt32, link: LinkLayer) throws {
        let sample = SampleCapture(linkType: number, [Self.packet])
        for form in SampleCapture.Form.allCases {
            let file = try CaptureFile(octets: sample.file(form))
            #expect(file.linkLayer == link)
        }
    }

    @Test(
        "Other link types are refused by name",
        arguments: [(105, "IEEE802_11"), (127, "IEEE802_11_RADIO"), (9, "PPP"), (65001, "65001")] as [(UInt32, String)])
    func otherLinkTypes(number: UInt32, name: String) {
        #expect(refusal(SampleCapture(linkType: number, [Self.packet]).file()) == .linkType(name, file: "FILE"))
    }

    @Test("Interfaces of different link types or snapshot lengths in one file are refused, of the same kind read")
    func severalInterfaces() throws {
        func file(second linkType: UInt16, _ snapLength: UInt32) -> [UInt8] {
            var file = FileText()
            file.addSection()
            file.addInterface(linkType: 1)
            file.addInterface(linkType: linkType, snapLength: snapLength)
            file.addPacket(.init(time: 1, octets: Self.packet, length: 40), interface: 1)
            return file.octets
        }
        #expect(refusal(file(second: 1, 262_144)) == nil)
        #expect(refusal(file(second: 113, 262_144)) == .differentInterfaces(file: "FILE"))
        #expect(refusal(file(second: 1, 96)) == .differentInterfaces(file: "FILE"))
    }

    @Test("What is no file to read says what it is")
    func notFiles() {
        func refusal(_ path: String) -> CaptureFileError? {
            do throws(CaptureFileError) {
                _ = try CaptureFile(path: path)
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal("/nowhere/a.pcap") == .cannotOpen(file: "/nowhere/a.pcap", errno: ENOENT))
        #expect(refusal("/tmp") == .isDirectory(file: "/tmp"))
        #expect(refusal("/tmp")?.description == "/tmp: a directory, not a capture; name a file in it")
    }

    @Test(
        "What is no capture is refused as such",
        arguments: [
            [0xd4, 0xc3], Array(repeating: 0, count: 64),
        ]
            as [[UInt8]])
    func noCapture(octets: [UInt8]) {
        guard case .notACapture(file: "FILE", _) = refusal(octets) else {
            Issue.record("\(String(describing: refusal(octets)))")
            return
        }
    }

    @Test(
        "What is taken for a capture now and then says what to do",
        arguments: [
            ([], "empty; a tcpdump that is still running writes what it has when it ends, or with -U at once"),
            ([0x1f, 0x8b, 8, 0], "gzip-compressed; unpack it first: zcat CAPTURE | lcroute replay -"),
            ([0x28, 0xb5, 0x2f, 0xfd, 4], "zstd-compressed; unpack it first: zstdcat CAPTURE | lcroute replay -"),
            ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "xz-compressed; unpack it first: xzcat CAPTURE | lcroute replay -"),
            (Array("BZh91AY&SY".utf8), "bzip2-compressed; unpack it first: bzcat CAPTURE | lcroute replay -"),
            ([0x04, 0x22, 0x4d, 0x18, 0x64], "lz4-compressed; unpack it first: lz4cat CAPTURE | lcroute replay -"),
            (
                Array("03:01:10.123456 IP6 fe80::1 > ff02::16: HBH ICMP6\n".utf8),
                "text, not a capture; tcpdump writes one with -w FILE"
            ),
        ] as [([UInt8], String)])
    func otherFiles(octets: [UInt8], message: String) throws {
        #expect(refusal(octets)?.description == "FILE: \(message)")
        // From a pipe, too, where nothing can be read twice.
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0 && write(ends[1], octets, octets.count) == octets.count)
        close(ends[1])
        do throws(CaptureFileError) {
            _ = try CaptureFile(descriptor: ends[0], name: "PIPE")
            Issue.record("read as a capture")
        } catch {
            #expect(error.description == "PIPE: \(message)")
        }
    }

    @Test("A capture from a pipe is read as from a file", arguments: [SampleCapture.Form.microseconds, .pcapng])
    func pipes(form: SampleCapture.Form) throws {
        let octets = try SampleCapture(fixture: SampleCapture.specificQueries).file(form)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0 && write(ends[1], octets, octets.count) == octets.count)
        close(ends[1])
        var file = try CaptureFile(descriptor: ends[0], name: "PIPE")
        #expect(try file.rest().count == 34)
    }

    @Test(
        "A file cut anywhere gives the whole frames before, and says so",
        arguments: [SampleCapture.Form.microseconds, .pcapng])
    func truncated(form: SampleCapture.Form) throws {
        var sample = try SampleCapture(fixture: SampleCapture.specificQueries)
        sample.frames = Array(sample.frames.prefix(4))
        let octets = sample.file(form)
        let wholes = (0...4).map { count in
            SampleCapture(frames: Array(sample.frames.prefix(count))).file(form).count
        }
        for count in 0..<octets.count {
            let frames = wholes.count { $0 <= count } - 1
            switch refusal(Array(octets[..<count])) {
            case .notACapture, .empty: #expect(frames < 0, "\(count)")
            case .truncated(_, let read): #expect(read == frames && !wholes.contains(count), "\(count)")
            case nil: #expect(wholes.contains(count), "\(count)")
            case let other?: Issue.record("\(count): \(other)")
            }
        }
        let message = "FILE: ends in the middle of packet 2; "
        #expect(refusal(Array(octets[..<(wholes[1] + 1)]))?.description.hasPrefix(message) == true)
    }

    @Test(
        "No change of any octet of a file makes reading it go wrong",
        arguments: [SampleCapture.Form.microseconds, .pcapng])
    func damaged(form: SampleCapture.Form) throws {
        var sample = try SampleCapture(fixture: SampleCapture.specificQueries)
        sample.frames = Array(sample.frames.prefix(2))
        let octets = sample.file(form)
        for place in octets.indices {
            for value in [0, 1, 0x7f, 0xff, octets[place] ^ 0x80] as [UInt8] {
                var changed = octets
                changed[place] = value
                var file: CaptureFile
                do { file = try CaptureFile(octets: changed) } catch is CaptureFileError { continue }
                let frames = (try? file.rest()) ?? []
                #expect(frames.allSatisfy { $0.time <= CapturedFrame.latest.nanoseconds })
            }
        }
    }

    @Test(
        "A time beyond what can be counted becomes the latest one",
        arguments: [(.max, 0), (.max, 9), (1 << 62, 0), (1 << 40, 0)] as [(UInt64, UInt8)])
    func absurdTimes(time: UInt64, resolution: UInt8) throws {
        var text = FileText()
        text.addSection()
        text.addInterface(linkType: 229, resolution: resolution)
        text.addPacket(.init(time: time, octets: Self.packet, length: 40), interface: 0)
        var file = try CaptureFile(octets: text.octets)
        let frame = try #require(try file.rest().first)
        #expect(frame.time <= CapturedFrame.latest.nanoseconds)
        if time == 1 << 40 { #expect(frame.time == CapturedFrame.latest.nanoseconds) }
    }
}
