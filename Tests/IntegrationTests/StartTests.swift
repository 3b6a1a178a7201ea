import Glibc
import IPv6
import LinuxSystem
import NetworkLab
import Testing
import Timing

/// What lcrouted says when it cannot do what is asked, and how it ends.
@Suite("Start, errors and stop", .serialized, .needsNamespaces)
struct StartTests {
    let directory: LabDirectory
    let laboratory = Laboratory()
    let machine: LabNode

    init() throws {
        directory = try LabDirectory()
        machine = try laboratory.machine("router", forwarding: true)
        try machine.ip(["link add lan0 type veth peer name far0", "link set far0 up", "link set lan0 up"])
    }

    /// Runs lcrouted, which is expected to end by itself.
    private func run(_ arguments: [String], under wrapper: [String] = []) throws -> (
        exit: ChildProcess.Exit, errors: String
    ) {
        let result = try LabProcess.run(
            wrapper + [LabPrograms.path(of: "lcrouted"), "--control", directory.file("control")] + arguments,
            on: machine,
            within: .seconds(10))
        return (result.exit, result.errors)
    }

    @Test("without interfaces it ends with 64 and lists those it could serve")
    func noInterfaces() throws {
        let (exit, errors) = try run([])
        #expect(exit == .code(64))
        #expect(errors.contains("lan0") && errors.contains("far0"))
    }

    @Test("without privilege it ends with 77 and says what is needed")
    func notPermitted() throws {
        let (exit, errors) = try run(["lan0"], under: ["setpriv", "--bounding-set=-all", "--inh-caps=-all"])
        #expect(exit == .code(77))
        #expect(errors.contains("root") || errors.contains("CAP_NET_ADMIN"))
    }

    @Test("an interface that is not there yet is waited for")
    func absentInterface() throws {
        let router = try LabRouter(on: machine, ["lan0", "late0"], control: directory.file("control"))
        let before = try router.interfaces().first { $0.interface == "late0" }
        #expect(before?.operStatus == .absent)
        try machine.ip(["link add late0 type veth peer name far1", "link set far1 up", "link set late0 up"])
        let after = try router.wait(.seconds(5)) {
            try router.interfaces().first { $0.interface == "late0" }
        } until: {
            $0?.operStatus == .up && $0?.querier.isSelf == true
        }
        #expect(after?.operStatus == .up && after?.querier.isSelf == true)
        try machine.ip(["link delete late0"])
        let gone = try router.wait(.seconds(5)) {
            try router.interfaces().first { $0.interface == "late0" }
        } until: {
            $0?.operStatus == .absent
        }
        #expect(gone?.operStatus == .absent)
    }

    @Test("a second agent ends with 1 and names the process that has the table")
    func tableOwned() throws {
        let router = try LabRouter(on: machine, ["lan0"], control: directory.file("first"))
        let (exit, errors) = try run(["lan0"])
        #expect(exit == .code(1))
        #expect(errors.contains("\(router.process.pid)") && errors.contains("lcrouted"))
        #expect(try router.status().interfacesCount >= 1, "the first one lives on")
    }

    @Test("more interfaces than the kernel forwards between end with 64 and name the limit")
    func tooManyInterfaces() throws {
        let (exit, errors) = try run((0..<33).map { "lan\($0)" })
        #expect(exit == .code(64))
        #expect(errors.contains("32"))
    }

    @Test("--check accepts a good configuration and names the place of an error in a bad one")
    func check() throws {
        let good = try directory.write("interfaces:\n  lan0: {role: downstream}\n", to: "good.yaml")
        #expect(try run(["--config", good, "--check"]).exit == .code(0))
        let bad = try directory.write(
            "interfaces:\n  lan0: {role: downstream}\n  lan1: {roll: upstream}\n", to: "bad.yaml")
        let (exit, errors) = try run(["--config", bad, "--check"])
        #expect(exit == .code(78))
        #expect(errors.contains("\(bad):3:10: "))
    }

    @Test(
        "--check says whom --all serves",
        arguments: [([], "all that can be served"), (["lan0"], "lan0 and all others that can be served")])
    func checkAll(named: [String], meaning: String) throws {
        let result = try LabProcess.run(
            [LabPrograms.path(of: "lcrouted"), "--all", "--check"] + named, on: machine, within: .seconds(10))
        #expect(result.exit == .code(0))
        #expect(result.output.split(separator: "\n").first == "downstream: \(meaning)")
    }

    @Test(
        "SIGTERM ends it with 0 and leaves neither sender's link, nor socket, nor forwarding",
        arguments: [SIGTERM, SIGINT])
    func cleanStop(signal: Int32) throws {
        let router = try LabRouter(on: machine, ["lan0"], control: directory.file("control"))
        #expect((try? machine.index(of: "lcsrc0")) != nil)
        router.process.send(signal: signal)
        #expect(router.process.wait(.seconds(5)) == .code(0))
        #expect((try? machine.index(of: "lcsrc0")) == nil)
        #expect(access(directory.file("control"), F_OK) != 0)
    }

    @Test("an agent that was killed leaves nothing that hinders the next")
    func startAfterKill() throws {
        let first = try LabRouter(on: machine, ["lan0"], control: directory.file("control"))
        first.process.send(signal: SIGKILL)
        _ = first.process.wait(.seconds(5))
        let second = try LabRouter(on: machine, ["lan0"], control: directory.file("control"))
        #expect(try second.status().forwarding)
    }

    @Test("lcroute ends with 69 where no agent answers, and names the socket")
    func notReachable() throws {
        let result = try LabProcess.run(
            [LabPrograms.path(of: "lcroute"), "--socket", directory.file("nobody"), "status"], on: machine)
        #expect(result.exit == .code(69))
        #expect(result.errors.contains(directory.file("nobody")))
    }
}
