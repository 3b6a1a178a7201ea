import CaptureFile
import IPv6
import Replay
import RouterControl
import Testing

/// What of a packet a replay takes in, and under what it counts the others.
@Suite struct ReplayedPacketTests {
    /// The first frame of a real link: fe80::34f0:5bff:fe3d:8e87 changes to EXCLUDE of nothing for ff15::abcd.
    private static func join() throws -> [UInt8] {
        try SampleCapture(fixture: SampleCapture.specificQueries).frames[0].octets
    }

    // Where things are in its octets: IPv6 at 14, options at 54, ICMPv6 at 62.
    private static let (source, hopLimit, options, message) = (22, 21, 54, 62)

    /// With its checksum made right again.
    private static func summed(_ frame: [UInt8]) throws -> [UInt8] {
        var frame = frame
        frame[message + 2] = 0
        frame[message + 3] = 0
        let packet = try IPv6Packet(parsing: Array(frame[14...]).span.bytes)
        var checksum = InternetChecksum(
            source: packet.source, destination: packet.destination, length: packet.payload.count, nextHeader: 58)
        checksum.add(Array(frame[message..<14 + packet.payload.upperBound]).span.bytes)
        frame[message + 2] = UInt8(checksum.value >> 8)
        frame[message + 3] = UInt8(truncatingIfNeeded: checksum.value)
        return frame
    }

    private func statistics(_ frame: [UInt8], as role: ReplayRole = .router) throws -> InterfaceStatistics {
        try Replayed(SampleCapture([frame]), as: role).statistics
    }

    @Test("A good report counts as one")
    func good() throws {
        let frame = try Self.join()
        #expect(try Self.summed(frame) == frame)
        let result = try Replayed(SampleCapture([frame]))
        #expect(result.statistics.received == MessageCounts(report: 1))
        #expect(result.statistics.error == ErrorCounts())
        #expect(result.groups == ["ff15::abcd exclude mldv2 0/1"])
    }

    @Test(
        "C3 A report with another hop limit, without Router Alert or not from a link-local address is counted and dropped"
    )
    func validation() throws {
        var far = try Self.join()
        far[Self.hopLimit] = 64
        #expect(try statistics(far).error == ErrorCounts(hopLimit: 1))
        var silent = try Self.join()
        silent[Self.options + 2] = 1  // PadN
        #expect(try statistics(silent).error == ErrorCounts(routerAlert: 1))
        var global = try Self.join()
        global.replaceSubrange(Self.source..<Self.source + 2, with: [0x20, 0x01])
        #expect(try statistics(Self.summed(global)).error == ErrorCounts(sourceAddress: 1))
        for frame in [far, silent, try Self.summed(global)] {
            for role in ReplayRole.allCases {
                let result = try Replayed(SampleCapture([frame]), as: role)
                #expect(result.groups == [])
                #expect(result.statistics.received == MessageCounts())
            }
        }
    }

    @Test("C8 A report from :: is dropped by a router and counted by a snooper, a query from :: by neither")
    func unspecified() throws {
        var frame = try Self.join()
        frame.replaceSubrange(Self.source..<Self.source + 16, with: [UInt8](repeating: 0, count: 16))
        let report = try Self.summed(frame)
        #expect(try statistics(report).error == ErrorCounts(sourceAddress: 1))
        let snooped = try Replayed(SampleCapture([report]), as: .snooper)
        #expect(snooped.statistics.received == MessageCounts(report: 1))
        #expect(snooped.statistics.error == ErrorCounts())
        #expect(snooped.groups == ["ff15::abcd exclude mldv2 0/0"])
        frame[Self.message] = 130
        let query = try Self.summed(frame)
        for role in ReplayRole.allCases {
            #expect(try statistics(query, as: role).error == ErrorCounts(sourceAddress: 1))
        }
    }

    @Test("C4 A message with any bit of it wrong, trailing octets included, is a checksum error and nothing else")
    func checksum() throws {
        var frame = try Self.join()
        frame += [1, 2, 3, 4, 5]
        frame[19] += 5  // the IPv6 payload length: the octets are of the message, not padding of the link
        let good = try Self.summed(frame)
        #expect(try statistics(good).received == MessageCounts(report: 1))
        for place in Self.message..<good.count {
            for bit in 0..<8 {
                var bad = good
                bad[place] ^= 1 << bit
                let result = try Replayed(SampleCapture([bad]))
                // A message of another type is not MLD, whatever its checksum.
                let isMLD = place > Self.message || [130, 131, 132, 143].contains(bad[place])
                #expect(result.statistics.error == ErrorCounts(checksum: isMLD ? 1 : 0), "\(place), bit \(bit)")
                #expect(result.statistics.received == MessageCounts())
                #expect(result.groups == [])
            }
        }
    }

    @Test(
        "C2 ICMPv6 messages of other types are none of MLD's business",
        arguments: [1, 128, 133, 135, 142, 144, 255] as [UInt8])
    func otherTypes(type: UInt8) throws {
        var frame = try Self.join()
        frame[Self.message] = type
        let result = try Replayed(SampleCapture([try Self.summed(frame)]))
        #expect(result.statistics == InterfaceStatistics(interface: "lan0"))
        #expect(result.packets == 1)
    }

    @Test("A report that the snapshot length cut is too short, wherever it is cut, and what follows it counts")
    func cut() throws {
        let frame = try Self.join()
        for length in 0..<frame.count {
            var sample = SampleCapture([frame]).cut(to: length)
            sample.frames.append(.init(time: 3_000_000_000, octets: frame, length: frame.count))
            let result = try Replayed(sample)
            // Of less than the IPv6 header nothing can be said.
            #expect(result.statistics.error == ErrorCounts(tooShort: length < 54 ? 0 : 1), "\(length)")
            #expect(result.statistics.received == MessageCounts(report: 1), "\(length)")
        }
    }

    @Test("Of a whole link captured with 96 octets a frame, the longer messages are too short and the others count")
    func cutLinks() throws {
        let live = try Replayed(SampleCapture(fixture: SampleCapture.mldv2).cut(to: 96), as: .snooper).statistics
        #expect(live.error == ErrorCounts(tooShort: 47))
        #expect(live.received == MessageCounts(query: 6, report: 4, reportV1: 6, done: 1))
        let other = try Replayed(SampleCapture(fixture: SampleCapture.specificQueries).cut(to: 96)).statistics
        #expect(other.error == ErrorCounts(tooShort: 14))
        #expect(other.received == MessageCounts(query: 8, report: 4, reportV1: 7, done: 1))
    }

    @Test("Packets of other protocols that are cut are not counted as MLD")
    func cutOthers() throws {
        let sample = try SampleCapture(fixture: SampleCapture.mldv2)
        let solicitations = sample.frames.filter { $0.octets[20] == 58 }  // right behind the IPv6 header: 133 and 135
        #expect(solicitations.count == 16)
        for length in [40, 54, 55, 60, 69] {
            let cut = SampleCapture(frames: solicitations).cut(to: length)
            #expect(try Replayed(cut).statistics.error == ErrorCounts(), "\(length)")
        }
    }

    @Test("Headers that make no sense are left aside as the kernel does, and a message of no octets too")
    func malformed() throws {
        var option = try Self.join()
        option[Self.options + 3] = 9  // an option beyond its header
        var header = try Self.join()
        header[Self.options + 1] = 255  // a header beyond the packet
        var fragment = try Self.join()
        fragment[Self.options] = 44
        var empty = try Self.join()
        empty[19] = 8  // nothing behind the options
        var version = try Self.join()
        version[14] = 0x45
        for frame in [option, header, fragment, empty, version] {
            #expect(try statistics(frame) == InterfaceStatistics(interface: "lan0"))
        }
    }
}
