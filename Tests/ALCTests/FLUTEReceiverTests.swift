import ALC
import Glibc
import LinuxSystem
import SeededRandom
import Testing

/// flute-alc, a receiver that others wrote to the standards, gets our files.
@Suite(
    "A FLUTE receiver of others",
    .enabled(if: TestCommand.python != nil, "needs LCROUTE_ORACLES, which scripts/test sets"))
struct FLUTEReceiverTests {
    /// Gives packets to the receiver; the files it has then whole, by name.
    private func received(_ packets: [[UInt8]], names: [String]) throws -> [[UInt8]] {
        let command = try TestCommand()
        var input: [UInt8] = []
        for packet in packets {
            input += (0..<4).map { UInt8(truncatingIfNeeded: packet.count >> (24 - 8 * $0)) } + packet
        }
        try #require(mkdir("\(command.directory.path)/received", 0o755) == 0)
        let script =
            "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Oracles/flute_receiver.py"
        let result = try command.run(
            [try #require(TestCommand.python), script, "\(command.directory.path)/received"], input: input)
        #expect(result.exit == .code(0), "\(result.errors)")
        return names.map { command.directory.read("received/\($0)") ?? [] }
    }

    /// What arrives of a session: for each block, symbols at random until there are two more than needed; hash packets and
    /// manifests between them.
    private func arriving(
        _ session: TestSession, loss: Double, from first: Double = 0, announced: Bool = false, seed: UInt64
    ) throws -> [[UInt8]] {
        var random = SeededGenerator(seed: seed)
        var packets: [[UInt8]] = []
        var wanted = try session.blockLengths().map {
            (start: UInt32(first * Double($0)), left: $0 + 2)
        }
        var step: UInt32 = 0
        while wanted.contains(where: { $0.left > 0 }) {
            for block in wanted.indices where wanted[block].left > 0 && Double.random(in: 0..<1, using: &random) >= loss
            {
                packets.append(
                    try session.symbol(
                        block, wanted[block].start + step,
                        announced: announced && Int.random(in: 0..<8, using: &random) == 0))
                wanted[block].left -= 1
            }
            if step % 16 == 0 { packets.append(session.other(2, 0, step, octets: 64)) }
            if step % 32 == 0 { packets.append(session.other(3, 0, 0, octets: 300)) }
            step += 1
        }
        return packets
    }

    @Test(
        "It decodes what we send, of one and of several blocks, whatever is lost",
        arguments: [1, 3, 7], [0, 0.1, 0.5])
    func decodes(blocks: Int, loss: Double) throws {
        let session = try TestSession(octets: 9999, symbolSize: 64, blocks: blocks, seed: UInt64(blocks))
        let packets = try session.announcement() + arriving(session, loss: loss, seed: 1)
        #expect(try received(packets, names: ["update.bin"]) == [session.content])
    }

    @Test(
        "It may join late, when source symbols are past, and hear the announcement later still",
        arguments: [1, 3])
    func joinsLate(blocks: Int) throws {
        let session = try TestSession(octets: 9999, symbolSize: 64, blocks: blocks)
        var packets = try arriving(session, loss: 0.1, from: 0.7, seed: 2)
        packets.insert(contentsOf: try session.announcement(), at: packets.count / 2)
        #expect(try received(packets, names: ["update.bin"]) == [session.content])
    }

    @Test("Without any source symbol repair symbols are enough")
    func repairOnly() throws {
        let session = try TestSession(octets: 5000, symbolSize: 100, blocks: 2)
        let packets = try session.announcement() + arriving(session, loss: 0, from: 1, seed: 3)
        #expect(try received(packets, names: ["update.bin"]) == [session.content])
    }

    @Test("EXT_FTI of packets with content says the same as the announcement, which then may come last")
    func announcedByContent() throws {
        let session = try TestSession(octets: 9999, symbolSize: 64, blocks: 3)
        let packets = try arriving(session, loss: 0.1, announced: true, seed: 4) + session.announcement()
        #expect(try received(packets, names: ["update.bin"]) == [session.content])
    }

    @Test("An announcement of several packets is put together, and names are taken as they are encoded")
    func longAnnouncement() throws {
        let session = try TestSession(octets: 1000, symbolSize: 100, blocks: 1, name: "an update & more.bin")
        let announcement = try session.announcement(maximumLength: 140)
        #expect(announcement.count > 3)
        let packets = try announcement.reversed() + arriving(session, loss: 0, seed: 5)
        #expect(try received(packets, names: ["an%20update%20%26%20more.bin"]) == [session.content])
    }

    @Test("Too few symbols make no file, so that the tests above say something")
    func tooFew() throws {
        let session = try TestSession(octets: 9999, symbolSize: 64, blocks: 1)
        let packets = try session.announcement() + (0..<150).map { try session.symbol(0, $0) }
        #expect(try received(packets, names: ["update.bin"]) != [session.content])
    }
}
