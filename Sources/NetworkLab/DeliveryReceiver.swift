import FoundationEssentials
import Glibc
import LinuxSystem
import Timing

/// One receiver of a delivery, and how far it is.
struct DeliveryReceiver {
    let process: LabProcess
    let output: String
    private let membership: GroupMembership?
    private let leavesEarly: Bool
    private let started = Instant.now
    /// When it was first seen as a member, and what had been sent by then.
    private(set) var joined: (time: Instant, octets: Int)?
    /// When it was first seen to need no more.
    private(set) var satisfied: (time: Instant, octets: Int)?
    private(set) var complete: Instant?
    private(set) var memory = PeakMemory()

    init(
        _ number: Int, of task: DeliveryTask, method: DeliveryMethod, on network: DeliveryNetwork,
        in folder: LabDirectory
    )
        throws
    {
        let node = network.receivers[number]
        guard mkdir(folder.file("\(number)"), 0o755) == 0 else { throw SystemError("make a directory for a receiver") }
        membership = try method.readyGroup.map {
            try GroupMembership(of: $0, on: node, interface: DeliveryNetwork.interface)
        }
        leavesEarly = method.leavesEarly
        output = method.output(of: number, of: task, in: folder)
        process = try LabProcess(method.receiver(number, of: task, on: network, in: folder), on: node)
    }

    /// It has all, or has given up, as of the last look.
    private(set) var hasEnded = false

    /// From the start of the process to the whole file.
    var elapsed: Duration? { complete.map { $0 - started } }

    /// Looks where it stands.
    ///
    /// - Parameter sent: octets that the senders have sent until now.
    mutating func look(sent: Int, size: Int) throws {
        // Exit first: what a program has done before its end is there when its end is seen.
        let hasExited = process.exit != nil
        let now = Instant.now
        if complete == nil, fileSize == size { complete = now }
        if satisfied == nil {
            let isMember = try membership?.isMember() ?? true
            if joined == nil, isMember { joined = (now, sent) }
            if complete != nil || (leavesEarly && joined != nil && !isMember && !hasExited) { satisfied = (now, sent) }
        }
        hasEnded = complete != nil || hasExited
        memory.look(at: process)
    }

    /// How many packets it says that it refused.
    var rejected: Int? { Self.rejected(in: process) }

    static func rejected(in process: LabProcess) -> Int? {
        process.lines().reversed().lazy
            .compactMap { try? JSONDecoder().decode(Report.self, from: Data($0.utf8)).rejected }.first
    }

    private struct Report: Decodable { var rejected: Int? }

    private var fileSize: Int? {
        var status = stat()
        return stat(output, &status) == 0 ? Int(status.st_size) : nil
    }
}
