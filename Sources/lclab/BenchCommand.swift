import ArgumentParser
import Glibc
import JSONText
import NetworkLab

/// `lclab bench`
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract:
            "Measures lcrouted in namespaces and its machine by itself, and lcupdate beside other programs.",
        discussion: """
            Reports are crafted, and times are the kernel's stamps on the wire. Figures are shown beside their goals, met \
            or not; the exit code is 0 if all could be measured.

            delivery and codec are measured only where they are named. delivery takes half an hour, and needs nft and, to \
            compare with, uftp, uftpd, udp-sender and udp-receiver.
            """)

    @Argument(
        help:
            "What to measure: \(Benchmark.allCases.map(\.rawValue).joined(separator: ", ")); default: all but delivery and codec."
    )
    var sections: [String] = []
    @Flag(help: "Fewer repetitions, for a look rather than a result.") var quick = false
    @Flag(help: "Print the figures as one JSON object at the end.") var json = false

    /// What `machine` starts to measure memory: holds groups of so many hosts, and prints the octets that it took.
    @Option(help: .hidden) var hold: Int?
    /// With the limits that an agent has by default: what forged reports can make it hold.
    @Flag(help: .hidden) var limited = false

    private func benchmarks() throws -> [Benchmark] {
        guard !sections.isEmpty else { return Benchmark.standard }
        return try sections.map { name in
            guard let benchmark = Benchmark(rawValue: name) else {
                throw ValidationError(
                    "no measurement \(name): there are \(Benchmark.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return benchmark
        }
    }

    func validate() throws {
        _ = try benchmarks()
        if let hold, !(1...1_000_000).contains(hold) { throw ValidationError("--hold: 1 to 1000000 hosts") }
    }

    func run() throws {
        if let hold {
            print(try Benchmark.memory(ofGroupsOf: hold, isLimited: limited))
            return
        }
        EndBySignal {}.arm()
        let json = json
        let table = FigureTable()
        var report = BenchmarkReport { if !json { table.print($0) } }
        for benchmark in try benchmarks() { try benchmark.run(quick: quick, into: &report) }
        if json { print(JSONWriter.text(of: report)) }
    }
}
