import ArgumentParser
import Glibc
import JSONText
import MLDSimulation

/// `lclab simulate`
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract:
            "Runs routers and hosts in virtual time, with loss, failures and attacks, and checks what is promised.",
        discussion: """
            Needs no privilege. Every seed is another network with another course of events; the same seed with the same \
            options is the same one. Ends with 1 at the first promise that is not kept, and shows the shortest course that \
            breaks it.
            """)

    @Option(help: "How many seeds to run; default: 1000, or with --for any number.") var seeds: Int?
    @Option(help: "The first seed.") var first: UInt64 = 1
    @Option(help: "Hosts, on all links together; default: by the seed.") var hosts: Int?
    @Option(help: "Links; default: by the seed.") var links: Int?
    @Option(help: "Routers, on all links together; default: by the seed.") var routers: Int?
    @Option(help: "Virtual seconds in which something happens; default: by the seed.") var duration: Int?
    @Option(help: "One kind of network and trouble: \(Self.profiles); default: by the seed.") var profile: String?
    @Option(name: .customLong("for"), help: "Seconds of real time after which no other seed is begun.") var wall: Int?
    @Flag(help: "Print the result as one JSON object.") var json = false

    private static let profiles = SimulationProfile.allCases.map(\.rawValue).joined(separator: ", ")

    func validate() throws {
        let bounds: [(String, Int?, ClosedRange<Int>)] = [
            ("seeds", seeds, 1...Int.max), ("hosts", hosts, 0...100_000), ("links", links, 1...10_000),
            ("routers", routers, 1...10_000), ("duration", duration, 1...10_000_000), ("for", wall, 1...Int.max),
        ]
        for (name, value, range) in bounds {
            guard let value, !range.contains(value) else { continue }
            throw ValidationError("--\(name): at least \(range.lowerBound), at most \(range.upperBound)")
        }
        if let profile, SimulationProfile(rawValue: profile) == nil {
            throw ValidationError("no profile \(profile): there are \(Self.profiles)")
        }
    }

    func run() throws {
        var run = SimulationRun(campaign: campaign())
        if !json { run.progress = { print($0) } }
        let failure = run.run(first: first, count: seeds ?? (wall == nil ? 1000 : Int.max), seconds: wall)
        if json {
            print(JSONWriter.text(of: run.result(failure, again: failure.map(again))))
        } else if let failure {
            print(failure.text(again: again(failure)))
        }
        if !json { print(run.summary) }
        fflush(nil)
        if failure != nil { throw ExitCode(1) }
    }

    private func campaign() -> SimulationCampaign {
        var campaign = SimulationCampaign(profile: profile.flatMap { SimulationProfile(rawValue: $0) })
        campaign.size.hosts = hosts
        campaign.size.links = links
        campaign.size.routers = routers
        campaign.size.duration = duration.map { .seconds($0) }
        // Of ten thousand hosts, what a step has touched is looked at, not all there is.
        if (hosts ?? 0) > 1000 { campaign.options.period = 0 }
        return campaign
    }

    /// The command that shows a failure again.
    private func again(_ failure: SimulationCampaign.Failure) -> String {
        var words = ["lclab simulate --seeds 1 --first \(failure.seed)"]
        if let hosts { words.append("--hosts \(hosts)") }
        if let links { words.append("--links \(links)") }
        if let routers { words.append("--routers \(routers)") }
        if let duration { words.append("--duration \(duration)") }
        if let profile { words.append("--profile \(profile)") }
        return words.joined(separator: " ")
    }
}
