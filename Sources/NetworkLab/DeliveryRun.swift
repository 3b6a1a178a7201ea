import Glibc
import LinuxSystem
import Timing

/// One delivery, from nothing to every file compared.
struct DeliveryRun {
    private let task: DeliveryTask
    private let method: DeliveryMethod
    private let network: DeliveryNetwork
    private let folder: LabDirectory
    private let counters: [SentOctets]
    private var receivers: [DeliveryReceiver] = []
    private var senders: [LabProcess] = []
    private var senderMemory: [PeakMemory]
    private var result = DeliveryResult()

    static func result(of task: DeliveryTask, by method: DeliveryMethod) throws -> DeliveryResult {
        var run = try DeliveryRun(task, method)
        try run.perform()
        return run.result
    }

    private init(_ task: DeliveryTask, _ method: DeliveryMethod) throws {
        self.task = task
        self.method = method
        network = try DeliveryNetwork(
            senders: task.senders, receivers: task.receivers, lossPerMille: task.lossPerMille,
            cutsSegments: task.cutsSegments)
        folder = try LabDirectory(inMemory: task.files.inMemory)
        senderMemory = network.senders.map { _ in PeakMemory() }
        counters = try network.senders.map { try SentOctets(of: DeliveryNetwork.interface, on: $0) }
    }

    private mutating func perform() throws {
        let intruder = task.isForged ? try DeliveryIntruder(on: network) : nil
        let punctual = task.receivers - task.late
        try startReceivers(0..<punctual)
        let before = try counted()
        let started = Instant.now
        senders = try network.senders.indices.map {
            try LabProcess(method.sender($0, of: task.shared, on: network), on: network.senders[$0])
        }
        let deadline = started + task.patience
        var hasData: Instant?
        while Instant.now < deadline {
            let sent = try counted() - before
            if hasData == nil, sent >= 64_000 { hasData = .now }
            if receivers.count == punctual, task.late > 0, sent >= task.files.size / 2 {
                try startReceivers(punctual..<task.receivers)
            }
            for index in receivers.indices where !receivers[index].hasEnded {
                try receivers[index].look(sent: sent, size: task.files.size)
            }
            for index in senders.indices { senderMemory[index].look(at: senders[index]) }
            if receivers.count == task.receivers, receivers.allSatisfy(\.hasEnded) { break }
            if method == .lcupdate, senders.contains(where: { $0.exit != nil }) { break }
            pause(.milliseconds(5))
        }
        result.senderProcessorTime = senders.compactMap(\.processorTime).reduce(.zero, +)
        result.forged = intruder?.forged ?? 0
        try conclude(started: started, hasData: hasData)
    }

    /// Starts receivers and, for those at the beginning, waits until they are ready.
    private mutating func startReceivers(_ numbers: Range<Int>) throws {
        for number in numbers {
            receivers.append(
                try DeliveryReceiver(number, of: task, method: method, on: network, in: folder))
        }
        guard numbers.lowerBound == 0 else { return }
        let deadline = Instant.now + .seconds(10)
        while method.readyGroup != nil, receivers.contains(where: { $0.joined == nil }) {
            for index in receivers.indices { try receivers[index].look(sent: 0, size: task.files.size) }
            if let ended = receivers.first(where: { $0.process.exit != nil }) {
                throw LabError.failed(command: ended.process.command, message: ended.process.text(.errors))
            }
            guard Instant.now < deadline else {
                throw LabError.timedOut("\(method.rawValue)'s receivers to join their group")
            }
            pause(.milliseconds(5))
        }
        // Programs that show no sign of being ready, and the reports of the others.
        pause(.milliseconds(300))
    }

    private func counted() throws -> Int { try counters.reduce(0) { try $0 + $1.count() } }

    private mutating func conclude(started: Instant, hasData: Instant?) throws {
        let processes = senders + receivers.map(\.process)
        // Most end by themselves and are given the time for it; senders of lcupdate and uftpd never do.
        let patience = Instant.now + .milliseconds(500)
        for process in processes { _ = process.wait(max(.zero, patience - .now)) }
        for process in processes { process.send(signal: SIGTERM) }
        for process in processes { process.terminate() }
        let last = receivers.compactMap(\.complete).max() ?? started
        result.elapsed = last - started
        result.transfer = last - (hasData ?? started)
        result.sentOctets = receivers.compactMap { $0.satisfied?.octets }.max() ?? 0
        result.senderMemory = senderMemory.map(\.octets).max() ?? 0
        result.receiverMemory = receivers.map(\.memory.octets).max() ?? 0
        let times = receivers.compactMap(\.process.processorTime)
        result.receiverProcessorTime = times.reduce(.zero, +) / max(1, times.count)
        result.finishing =
            receivers.compactMap { receiver in
                receiver.complete.flatMap { complete in receiver.satisfied.map { complete - $0.time } }
            }.max() ?? .zero
        for receiver in receivers.suffix(task.late) {
            result.lateElapsed = max(result.lateElapsed, receiver.elapsed ?? .zero)
            if let joined = receiver.joined, let satisfied = receiver.satisfied {
                result.lateOctets = max(result.lateOctets, satisfied.octets - joined.octets)
            }
        }
        if task.isForged { result.rejected = receivers.compactMap(\.rejected).min() }
        for receiver in receivers where receiver.complete != nil {
            result.complete += 1
            if try !task.files.isSame(as: receiver.output) { result.wrong += 1 }
        }
        if let failed = receivers.first(where: { $0.complete == nil }) {
            let said = (senders + [failed.process]).map { $0.lines(.errors).suffix(2).joined(separator: " ") }
            result.complaint = "the sender said: \(said[0]); a receiver: \(said[said.count - 1])"
        }
    }
}
