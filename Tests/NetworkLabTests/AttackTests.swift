import Glibc
import Testing
import Timing

@testable import NetworkLab

@Suite(
    "An update while somebody on the LAN forges packets in the sender's name", .serialized,
    .enabled(if: Laboratory.isPermitted && access("/usr/sbin/nft", X_OK) == 0, "needs namespaces and nft"))
struct AttackTests {
    /// Octets that a receiver may have resident at most, whatever is sent to it.
    private static let memory = 64 << 20
    /// User and system time for a packet, on the average, all else that a receiver does included. It takes a tenth.
    private static let processor = Duration.microseconds(250)

    struct Attack: CustomTestStringConvertible {
        let testDescription: String
        var plan: DeliveryIntruder.Plan
        var lossPerMille = 0
        /// The receiver comes when the intruder is at it already.
        var isEarly = false

        static let all = [
            Attack("one in ten packets, of all kinds", .init(genuinePerForged: 9, mix: .everything)),
            Attack("as many as the sender, of all kinds", .init(genuinePerForged: 1, mix: .everything)),
            Attack("as many as can be, of all kinds", .init(mix: .everything, flood: .seconds(1)), isEarly: true),
            Attack("symbols while hashes are lost", .init(mix: .symbols, flood: .seconds(1)), lossPerMille: 100),
            Attack("manifests before there is a true one", .init(mix: .manifests, flood: .seconds(3)), isEarly: true),
        ]

        init(
            _ description: String, _ plan: DeliveryIntruder.Plan, lossPerMille: Int = 0, isEarly: Bool = false
        ) {
            (testDescription, self.plan, self.lossPerMille, self.isEarly) = (description, plan, lossPerMille, isEarly)
        }
    }

    @Test(
        "the file arrives, no octet of it is wrong, and memory and time per packet are bounded", arguments: Attack.all)
    func arrives(attack: Attack) throws {
        let files = try DeliveryFiles(size: 2_000_000, inMemory: true)
        let network = try DeliveryNetwork(
            senders: 1, receivers: 1, lossPerMille: attack.lossPerMille, cutsSegments: true)
        var task = DeliveryTask(files: files)
        task.rate = 50_000_000
        task.receivers = 1
        let folder = try LabDirectory(inMemory: true)
        try #require(mkdir(folder.file("0"), 0o755) == 0)
        let intruder = try DeliveryIntruder(on: network, attack.plan)
        let sending = try DeliveryMethod.lcupdate.sender(0, of: task, on: network)
        var sender = attack.isEarly ? try LabProcess(sending, on: network.senders[0]) : nil
        if attack.isEarly { try wait { intruder.forged > 100 } }
        // The receiver waits for its command: what it has used by then can be asked for.
        let numbers = "cat /proc/$PPID/status /proc/$PPID/stat /proc/net/snmp6 >&2"
        let receiver = try LabProcess(
            try DeliveryMethod.lcupdate.receiver(0, of: task, on: network, in: folder) + ["--", "sh", "-c", numbers],
            on: network.receivers[0])
        if sender == nil {
            let membership = try GroupMembership(
                of: DeliveryMethod.group, on: network.receivers[0], interface: DeliveryNetwork.interface)
            try wait { try membership.isMember() }
            sender = try LabProcess(sending, on: network.senders[0])
        }
        let exit = receiver.wait(.seconds(60))
        sender?.terminate()
        try #require(exit == .code(0), "\(receiver.text(.errors)) \(receiver.lines().last ?? "")")
        #expect(try files.isSame(as: DeliveryMethod.lcupdate.output(of: 0, of: task, in: folder)), "wrong octets")
        #expect(LabDirectory.entries(of: folder.file("0")).sorted() == [".", "..", DeliveryFiles.name])
        let cost = try Cost(receiver.lines(.errors))
        let rejected = try #require(DeliveryReceiver.rejected(in: receiver))
        let report =
            "\(intruder.forged) forged, \(cost.packets) read, \(rejected) rejected, "
            + "\(cost.memory >> 10) KiB, \(cost.processor) \(receiver.lines().last ?? "")"
        #expect(intruder.forged > 100 && rejected > 50, "\(report)")
        #expect(cost.memory < Self.memory, "\(report)")
        #expect(cost.processor < Self.processor * cost.packets, "\(report)")
    }

    private func wait(until condition: () throws -> Bool) throws {
        let deadline = Instant.now + .seconds(10)
        while try !condition(), Instant.now < deadline { pause(.milliseconds(2)) }
        try #require(try condition())
    }

    /// What a receiver took, as the kernel counts it.
    private struct Cost {
        /// Octets of memory resident at most.
        var memory = 0
        /// User and system time.
        var processor = Duration.zero
        /// Datagrams that it has read.
        var packets = 0

        /// - Parameter lines: of status, stat and snmp6.
        init(_ lines: [String]) throws {
            for line in lines {
                let words = line.split { $0 == " " || $0 == "\t" }
                switch words.first {
                case "VmHWM:": memory = 1024 * (try #require(Int(words[1])))
                case "Udp6InDatagrams": packets = try #require(Int(words[1]))
                default:
                    // Behind the name in brackets are the third field and so on; 14 and 15 are ticks of 10 ms.
                    guard let bracket = line.lastIndex(of: ")") else { continue }
                    let fields = line[bracket...].split(separator: " ")
                    guard fields.count > 13, let user = Int(fields[12]), let system = Int(fields[13]) else { continue }
                    processor = .milliseconds(10 * (user + system))
                }
            }
            try #require(memory > 0 && packets > 0 && processor > .zero, "\(lines)")
        }
    }
}
