import IPv6
import NetworkLab
import RouterControl
import Testing

/// A program that names no source for a source-specific group gets nothing, and somebody is to notice why.
@Suite("Source-specific groups without a source", .serialized, .needsNamespaces)
struct MissingSourceTests {
    @Test("C71 a host's join is counted, and the log names host and group, once however often it is repeated")
    func join() throws {
        let experiment = try Experiment()
        let host = try experiment.network.h1.linkLocalAddress(of: "eth0")
        let listener = try LabListener.joined(Experiment.ssm, on: experiment.network.h1)
        defer { listener.leave() }
        // The host says it twice, in case one is lost.
        let counted = try experiment.router.wait(.seconds(5)) {
            try experiment.router.statistics().first { $0.interface == "lan0" }?.error.noSource ?? 0
        } until: {
            $0 >= 2
        }
        #expect(counted >= 2)
        #expect(try experiment.router.interfaces(listeningTo: Experiment.ssm) == [])
        let lines = experiment.router.process.text(.errors).split(separator: "\n").filter {
            $0.contains("without naming a source")
        }
        #expect(lines.count == 1)
        let line = lines.first.map(String.init) ?? ""
        for part in ["host=\(host)", "group=\(Experiment.ssm)", "interface=lan0", "name the source there"] {
            #expect(line.contains(part), "\(part) in \(line)")
        }
    }
}
