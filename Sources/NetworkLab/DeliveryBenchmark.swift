import Glibc
import LinuxSystem
import Timing

/// A file to receivers on one LAN by lcupdate, uftp and udpcast.
enum DeliveryBenchmark {
    /// Octets per 1 octet that must be sent at least, by loss per thousand.
    private static let overheads = [(loss: 0, goal: 1.08), (10, 1.09), (50, 1.10), (200, 1.13)]
    private static let mebibyte = 1 << 20
    /// The size that the goals in seconds are for.
    private static let fullSize = 64 * mebibyte

    static func run(quick: Bool, into report: inout BenchmarkReport) throws {
        try requirePrograms()
        let runs = quick ? 1 : 5
        let files = try DeliveryFiles(size: quick ? 8 * mebibyte : fullSize, inMemory: true)
        for (loss, goal) in overheads {
            try compare(loss: loss, overhead: goal, files: files, runs: runs, into: &report)
        }
        try single(files, runs: runs, into: &report)
        try fullSpeed(files, runs: runs, into: &report)
        try lateJoin(files, runs: runs, into: &report)
        try twoSenders(files, runs: runs, into: &report)
        try forged(files, runs: runs, into: &report)
        try large(quick: quick, into: &report)
    }

    /// All methods, one after the other in each round, so that whatever else the machine does meets all of them.
    private static func compare(
        loss: Int, overhead: Double, files: DeliveryFiles, runs: Int, into report: inout BenchmarkReport
    ) throws {
        var task = DeliveryTask(files: files)
        task.lossPerMille = loss
        let methods = DeliveryMethod.allCases.filter { loss > 0 || $0 != .udpcastFEC }
        let results = try measure(methods.map { DeliveryResults(task, $0) }, runs: runs)
        let section = title(task)
        let others = results.filter { $0.method != .lcupdate }
        let fastest = others.compactMap { $0.median { $0.transfer.inSeconds }?.middle }.min()
        for result in results {
            var goals = DeliveryGoals()
            if result.method == .lcupdate {
                goals.megabytes = .atMost((task.limit * overhead / 1e5).rounded() / 10)
                goals.transfer = fastest.map(BenchmarkReport.Goal.atMost)
                if loss == 50 { goals.receiverProcessorTime = receiverGoal(files) }
            }
            result.addCosts(to: &report, section: section, goals: goals)
        }
        report.add(section, "limit: file / (1 − loss)", task.limit / 1e6, "MB")
    }

    private static func single(_ files: DeliveryFiles, runs: Int, into report: inout BenchmarkReport) throws {
        var task = DeliveryTask(files: files)
        task.receivers = 1
        task.lossPerMille = 50
        let results = try measure([DeliveryResults(task, .lcupdate)], runs: runs)[0]
        var goals = DeliveryGoals()
        goals.finishing = .atMost(0.2)
        goals.receiverProcessorTime = receiverGoal(files)
        results.addCosts(to: &report, section: title(task), goals: goals)
    }

    private static func fullSpeed(_ files: DeliveryFiles, runs: Int, into report: inout BenchmarkReport) throws {
        var task = DeliveryTask(files: files)
        task.receivers = 1
        task.rate = nil
        task.cutsSegments = false
        let section = title(task)
        for results in try measure([.lcupdate, .uftp, .udpcast].map { DeliveryResults(task, $0) }, runs: runs) {
            results.addCosts(to: &report, section: section)
            results.add("file's bits a second of transfer", "Mbit/s", to: &report, section: section) {
                Double(files.size * 8) / $0.transfer.inSeconds / 1e6
            }
        }
    }

    private static func lateJoin(_ files: DeliveryFiles, runs: Int, into report: inout BenchmarkReport) throws {
        var task = DeliveryTask(files: files)
        task.lossPerMille = 50
        task.late = 4
        let results = try measure([DeliveryResults(task, .lcupdate)], runs: runs)[0]
        let section = "\(title(task)), 4 join when half is sent"
        results.addSuccess(to: &report, section: section)
        results.add("bytes sent", "MB", to: &report, section: section) { Double($0.sentOctets) / 1e6 }
        results.add("bytes while a late one was a member", "MB", to: &report, section: section) {
            Double($0.lateOctets) / 1e6
        }
        results.add("time of the last late one", "s", to: &report, section: section) { $0.lateElapsed.inSeconds }
        report.add(section, "limit: file / (1 − loss)", task.limit / 1e6, "MB")
    }

    private static func twoSenders(_ files: DeliveryFiles, runs: Int, into report: inout BenchmarkReport) throws {
        var task = DeliveryTask(files: files)
        task.lossPerMille = 50
        task.senders = 2
        for startsAtRandom in [false, true] {
            task.startsAtRandom = startsAtRandom
            let results = try measure([DeliveryResults(task, .lcupdate)], runs: runs)[0]
            let places = startsAtRandom ? "anywhere" : "half a lap apart"
            results.addCosts(to: &report, section: "\(title(task)) of two senders together, which begin \(places)")
        }
    }

    private static func forged(_ files: DeliveryFiles, runs: Int, into report: inout BenchmarkReport) throws {
        var task = DeliveryTask(files: files)
        task.lossPerMille = 10
        let plain = DeliveryResults(task, .lcupdate)
        task.isForged = true
        let results = try measure([plain, DeliveryResults(task, .lcupdate)], runs: runs)
        let section = "\(title(task)), one packet in ten forged"
        results[1].addCosts(to: &report, section: section)
        results[1].add("forged packets", "", to: &report, section: section) { Double($0.forged) }
        results[1].add("refused, at least, by each receiver", "", to: &report, section: section) {
            Double($0.rejected ?? 0)
        }
        guard let (without, _, _) = results[0].median({ $0.transfer.inSeconds }),
            let (with, _, _) = results[1].median({ $0.transfer.inSeconds })
        else { return }
        report.add(
            section, "lcupdate: slower than without", (with / without - 1) * 100, "%", goal: .atMost(5),
            note: "\(without.fixed(3)) s without")
    }

    /// On the disk, as it would be: there must be room for four times the file.
    private static func large(quick: Bool, into report: inout BenchmarkReport) throws {
        let files = try DeliveryFiles(size: (quick ? 64 : 1024) * mebibyte, inMemory: false)
        var task = DeliveryTask(files: files)
        task.receivers = 1
        task.lossPerMille = 50
        task.rate = 500_000_000
        let results = try measure([DeliveryResults(task, .lcupdate)], runs: 1)[0]
        var goals = DeliveryGoals()
        goals.receiverMemory = .atMost(Double(64 * mebibyte) / 1e6)
        results.addCosts(to: &report, section: "\(title(task)), on the disk", goals: goals)
    }

    private static func measure(_ results: [DeliveryResults], runs: Int) throws -> [DeliveryResults] {
        var results = results
        for _ in 0..<runs {
            for index in results.indices { try results[index].measure() }
        }
        return results
    }

    private static func title(_ task: DeliveryTask) -> String {
        let receivers = task.receivers == 1 ? "1 receiver" : "\(task.receivers) receivers"
        let rate = task.rate.map { "\($0 / 1_000_000) Mbit/s" } ?? "full speed"
        return "delivery: \(task.files.size / mebibyte) MiB, \(receivers), \(rate), \(task.lossPerMille / 10) % lost"
    }

    private static func receiverGoal(_ files: DeliveryFiles) -> BenchmarkReport.Goal {
        .atMost(0.8 * Double(files.size) / Double(fullSize))
    }

    private static func requirePrograms() throws {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let folders = path.split(separator: ":")
        let missing = (["nft", "cmp"] + DeliveryMethod.allCases.flatMap(\.programs)).filter { program in
            !folders.contains { access("\($0)/\(program)", X_OK) == 0 }
        }
        guard let first = missing.first else { return }
        throw LabError.failed(
            command: "bench delivery",
            message: "no program \(first) in PATH: install nftables, diffutils, uftp and udpcast, as scripts/bench does"
        )
    }
}
