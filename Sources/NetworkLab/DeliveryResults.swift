import Timing

/// Repeated deliveries of one task by one method, and what is said about them.
struct DeliveryResults {
    let task: DeliveryTask
    let method: DeliveryMethod
    private(set) var all: [DeliveryResult]

    init(_ task: DeliveryTask, _ method: DeliveryMethod, _ all: [DeliveryResult] = []) {
        self.task = task
        self.method = method
        self.all = all
    }

    mutating func measure() throws { all.append(try DeliveryRun.result(of: task, by: method)) }

    /// Those in which every receiver got the file.
    private var whole: [DeliveryResult] { all.filter { $0.complete == task.receivers && $0.wrong == 0 } }

    /// The median over the deliveries that succeeded, with the lowest and the highest; nil if none did.
    func median(_ value: (DeliveryResult) -> Double) -> (middle: Double, lowest: Double, highest: Double)? {
        let values = whole.map(value).sorted()
        guard let lowest = values.first, let highest = values.last else { return nil }
        return (values[values.count / 2], lowest, highest)
    }

    /// Whether every receiver got what was sent, each time.
    func addSuccess(to report: inout BenchmarkReport, section: String) {
        let right = all.reduce(0) { $0 + $1.complete - $1.wrong }
        let wrong = all.reduce(0) { $0 + $1.wrong }
        let complaint = all.compactMap(\.complaint).first
        report.add(
            section, "\(method.rawValue): files whole and equal", Double(right), "",
            goal: method == .lcupdate ? .exactly(Double(all.count * task.receivers)) : nil,
            note: ["of \(all.count * task.receivers)", wrong > 0 ? "\(wrong) differ" : nil, complaint]
                .compactMap(\.self).joined(separator: "; "))
    }

    func add(
        _ name: String, _ unit: String, to report: inout BenchmarkReport, section: String,
        goal: BenchmarkReport.Goal? = nil, note: String = "", _ value: (DeliveryResult) -> Double
    ) {
        guard let median = median(value) else { return }
        let digits = unit == "s" ? 3 : 1
        let range =
            whole.count > 1 ? "\(median.lowest.fixed(digits)) … \(median.highest.fixed(digits))" : "one delivery"
        report.add(
            section, "\(method.rawValue): \(name)", median.middle, unit, goal: goal,
            note: note.isEmpty ? range : "\(range); \(note)")
    }

    /// What a delivery takes of everything.
    func addCosts(to report: inout BenchmarkReport, section: String, goals: DeliveryGoals = DeliveryGoals()) {
        addSuccess(to: &report, section: section)
        add("bytes sent", "MB", to: &report, section: section, goal: goals.megabytes) { Double($0.sentOctets) / 1e6 }
        add("time to the last file", "s", to: &report, section: section) { $0.elapsed.inSeconds }
        add("time from the first 64 kB sent", "s", to: &report, section: section, goal: goals.transfer) {
            $0.transfer.inSeconds
        }
        if method.leavesEarly {
            add("last needed symbol → file", "s", to: &report, section: section, goal: goals.finishing) {
                $0.finishing.inSeconds
            }
        }
        add("sender's processor time", "s", to: &report, section: section) { $0.senderProcessorTime.inSeconds }
        add("a receiver's processor time", "s", to: &report, section: section, goal: goals.receiverProcessorTime) {
            $0.receiverProcessorTime.inSeconds
        }
        add("sender's memory", "MB", to: &report, section: section) { Double($0.senderMemory) / 1e6 }
        add("a receiver's memory", "MB", to: &report, section: section, goal: goals.receiverMemory) {
            Double($0.receiverMemory) / 1e6
        }
    }
}
