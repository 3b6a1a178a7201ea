/// What a delivery should cost at most.
struct DeliveryGoals {
    var megabytes: BenchmarkReport.Goal?
    var transfer: BenchmarkReport.Goal?
    var finishing: BenchmarkReport.Goal?
    var receiverProcessorTime: BenchmarkReport.Goal?
    var receiverMemory: BenchmarkReport.Goal?
}
