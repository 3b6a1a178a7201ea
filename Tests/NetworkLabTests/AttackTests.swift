import Glibc
import Testing
import Timing

@testable import NetworkLab

@Suite(
    "An update while somebody on the LAN forges packets in the sender's name", .serialized,
    .enabled(if: Laboratory.isPermitted, "needs network namespaces"))
struct AttackTests {
    /// What a receiver took, as the kernel counts it at its end.
    private struct Cost {
        /// Octets of memory resident at most.
        var memory = 0
        /// User and system time.
        var processor = Duration.zero
        /// Datagrams that it has read.
        var packets = 0
        var rejected = 0
    }

    /// Receives a file of two blocks at 40 Mbit/s, under attack.
    private func receive(_ plan: DeliveryIntruder.Plan?) throws -> Cost {
        let files = try DeliveryFiles(size: 6_000_000, inMemory: true)
        let network = try DeliveryNetwork(senders: 1, receivers: 1, lossPerMille: 0, cutsSegments: true)
        var task = DeliveryTask(files: files)
        task.rate = 40_000_000
        task.receivers = 1
        let folder = try LabDirectory(inMemory: true)
        try #require(mkdir(folder.file("0"), 0o755) == 0)
        let intruder = try plan.map { try DeliveryIntruder(on: network, $0) }
        // The receiver waits for its command: what it has used can be asked for.
        let command = try DeliveryMethod.lcupdate.receiver(0, of: task, on: network, in: folder)
        let numbers = "cat /proc/$PPID/status /proc/$PPID/stat /proc/net/snmp6 >&2"
        let receiver = try LabProcess(command + ["--", "sh", "-c", numbers], on: network.receivers[0])
        let membership = try GroupMembership(
            of: DeliveryMethod.group, on: network.receivers[0], interface: DeliveryNetwork.interface)
        let deadline = Instant.now + .seconds(10)
        while try !membership.isMember(), Instant.now < deadline { pause(.milliseconds(2)) }
        let sender = try LabProcess(
            try DeliveryMethod.lcupdate.sender(0, of: task, on: network), on: network.senders[0])
        let exit = receiver.wait(.seconds(60))
        #expect(exit == .code(0), "\(receiver.text(.errors)) \(receiver.lines().last ?? "") \(sender.text(.errors))")
        let output = DeliveryMethod.lcupdate.output(of: 0, of: task, in: folder)
        #expect(try files.isSame(as: output), "wrong octets")
        #expect(LabDirectory.entries(of: folder.file("0")).filter { $0.hasPrefix(".") } == [".", ".."])
        sender.terminate()
        if let intruder { #expect(intruder.forged > 0) }
        return try cost(receiver, forged: intruder?.forged ?? 0)
    }

    private func cost(_ receiver: LabProcess, forged: Int) throws -> Cost {
        var cost = Cost()
        for line in receiver.lines(.errors) {
            let words = line.split { $0 == " " || $0 == "\t" }
            switch words.first {
            case "VmHWM:": cost.memory = try #require(Int(words[1])) * 1024
            case "Udp6InDatagrams": cost.packets = try #require(Int(words[1]))
            default:
                // Behind the name in brackets: field 14 and 15 of /proc/PID/stat are ticks of 10 ms.
                guard let bracket = line.lastIndex(of: ")") else { continue }
                let fields = line[bracket...].split(separator: " ")
                guard fields.count > 13, let user = Int(fields[12]), let system = Int(fields[13]) else { continue }
                cost.processor = .milliseconds(10 * (user + system))
            }
        }
        let last = try #require(receiver.lines().last { $0.contains(#""event":"complete""#) })
        let digits = last.components(after: #""rejected":"#)
        cost.rejected = Int(digits) ?? 0
        print(
            "forged \(forged), packets \(cost.packets), rejected \(cost.rejected), \(cost.memory >> 20) MiB,",
            "\(cost.processor), \(cost.processor / max(cost.packets, 1)) a packet, \(last)")
        return cost
    }

    @Test("nothing, one packet in ten, every second one, all that he can: the file arrives", arguments: [0, 1, 2, 3])
    func arrives(attack: Int) throws {
        let plans: [DeliveryIntruder.Plan?] = [
            nil, .init(genuinePerForged: 9, mix: .everything), .init(genuinePerForged: 1, mix: .everything),
            .init(genuinePerForged: 1, mix: .everything, flood: .seconds(1)),
        ]
        _ = try receive(plans[attack])
    }
}

extension String {
    fileprivate func components(after text: String) -> String {
        guard let range = firstRange(of: text) else { return "" }
        return String(self[range.upperBound...].prefix { $0.isNumber })
    }
}
