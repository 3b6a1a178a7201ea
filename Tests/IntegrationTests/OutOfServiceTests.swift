import Glibc
import NetworkLab
import RouterControl
import Testing

/// What operators see of an interface that is not served: in the log once for each change, in `interfaces` as long as it is so.
@Suite("Interfaces out of service", .serialized, .needsNamespaces)
struct OutOfServiceTests {
    private struct Way {
        var out: [String]
        /// On the host at the other end.
        var far: [String] = []
        var reason: String
        var log: String?
        var back: [String]
        var farBack: [String] = []
    }

    @Test("each way out of service is logged once, shown with its reason, has no querier, and ends")
    func ways() throws {
        let directory = try LabDirectory()
        let laboratory = Laboratory()
        let machine = try laboratory.machine("router", forwarding: true)
        let host = try laboratory.machine("host")
        try laboratory.connect(machine, "lan0", with: host, "eth0")
        let router = try LabRouter(on: machine, ["lan0"], control: directory.file("control"))
        func lan0(until condition: (InterfaceStatus?) -> Bool) throws -> InterfaceStatus? {
            try router.wait(
                .seconds(10), for: { try router.interfaces().first { $0.interface == "lan0" } }, until: condition)
        }
        func isServed(_ status: InterfaceStatus?) -> Bool {
            status?.operStatus == .up && status?.querier.isSelf == true && status?.reason == nil
        }
        #expect(isServed(try lan0(until: isServed)))
        let there = "/proc/\(getpid())/fd/\(host.namespaceDescriptor)"
        let here = "/proc/\(getpid())/fd/\(machine.namespaceDescriptor)"
        let ways = [
            Way(out: ["link set lan0 down"], reason: "down (ip link set lan0 up)", back: ["link set lan0 up"]),
            Way(
                out: [], far: ["link set eth0 down"], reason: "no carrier", back: [], farBack: ["link set eth0 up"]),
            Way(
                out: ["link set lan0 multicast off"], reason: "no multicast flag (ip link set lan0 multicast on)",
                back: ["link set lan0 multicast on"]),
            Way(
                out: ["link add br0 type bridge", "link set lan0 master br0"],
                reason: "a bridge port cannot be routed from: name the bridge itself",
                back: ["link set lan0 nomaster", "link delete br0"]),
            Way(
                out: ["link set lan0 mtu 1000"], reason: "no link-local address: IPv6 needs an MTU of 1280",
                back: ["link set lan0 mtu 1500"]),
            Way(
                out: ["link set lan0 down", "link set lan0 name lan9"], reason: "there is no such interface",
                log: "interface was renamed to lan9; waiting for one of its name",
                back: ["link set lan9 name lan0", "link set lan0 up"]),
            Way(
                out: ["link set lan0 netns \(there)"], reason: "there is no such interface",
                log: "interface has gone; waiting for one of its name", back: [],
                farBack: ["link set lan0 netns \(here)"]),
        ]
        for way in ways {
            if !way.out.isEmpty { try machine.ip(way.out) }
            if !way.far.isEmpty { try host.ip(way.far) }
            let status = try lan0 { $0?.reason == way.reason }
            #expect(status?.reason == way.reason)
            #expect(status?.querier.isSelf == false && status?.querier.address == nil, "\(way.reason)")
            let line = way.log ?? "interface is not served: \(way.reason)"
            let lines = router.process.lines(.errors).filter { $0.contains(line) && $0.contains("lan0") }
            #expect(lines.count == 1, "\(line)")
            if !way.farBack.isEmpty { try host.ip(way.farBack) }
            if way.farBack.contains(where: { $0.contains("netns") }) { try machine.ip(["link set lan0 up"]) }
            if !way.back.isEmpty { try machine.ip(way.back) }
            #expect(isServed(try lan0(until: isServed)), "after: \(way.reason)")
        }
    }

    @Test("an interface is known by its own name, and an alternative one is refused with it")
    func alternativeName() throws {
        let directory = try LabDirectory()
        let laboratory = Laboratory()
        let machine = try laboratory.machine("router", forwarding: true)
        try machine.ip([
            "link add lan0 type veth peer name far0", "link property add dev lan0 altname office",
        ])
        let file = try directory.write("interfaces: {office: {role: downstream}}\n", to: "lcroute.yaml")
        let (lcrouted, lcroute) = (try LabPrograms.path(of: "lcrouted"), try LabPrograms.path(of: "lcroute"))
        let agent = [lcrouted, "--control", directory.file("control")]
        let argument = try LabProcess.run(agent + ["office"], on: machine, within: .seconds(10))
        #expect(argument.exit == .code(64))
        #expect(argument.errors.split(separator: "\n") == ["lcrouted: office: another name of lan0: write lan0"])
        for (program, arguments) in [
            ("lcrouted", agent + ["--config", file]), ("lcrouted", agent + ["--config", file, "--check"]),
            ("lcroute", [lcroute, "check-config", file]),
        ] {
            let result = try LabProcess.run(arguments, on: machine, within: .seconds(10))
            #expect(result.exit == .code(78))
            #expect(
                result.errors.split(separator: "\n") == [
                    "\(program): \(file):1:14: interfaces.office: another name of lan0: write lan0"
                ])
        }
    }

    @Test("the start, --check and check-config give one verdict: all errors, or warnings and what the file means")
    func oneVerdict() throws {
        let directory = try LabDirectory()
        let laboratory = Laboratory()
        let machine = try laboratory.machine("router", forwarding: true)
        let bad = try directory.write(
            "interfaces: {lan0: {role: downstream, mtu: 1}}\nchannels: {tv: {group: ff02::1}}\ncontrol: {group: no-such-group}\n",
            to: "bad.yaml")
        let (lcrouted, lcroute) = (try LabPrograms.path(of: "lcrouted"), try LabPrograms.path(of: "lcroute"))
        let agent = [lcrouted, "--config"]
        var verdicts: [[String]] = []
        for arguments in [
            agent + [bad], agent + [bad, "--check"], [lcroute, "check-config", bad],
        ] {
            let result = try LabProcess.run(arguments, on: machine, within: .seconds(10))
            #expect(result.exit == .code(78))
            verdicts.append(result.errors.split(separator: "\n").map { String($0.drop { $0 != " " }) })
        }
        #expect(verdicts[0].count == 3)
        #expect(verdicts[1] == verdicts[0] && verdicts[2] == verdicts[0])
        let warned = try directory.write(
            "interfaces: {lan0: {role: downstream}}\nchannels: {tv: {group: ff1e::1, command: [/no/such]}}\n",
            to: "warned.yaml")
        for arguments in [agent + [warned, "--check"], [lcroute, "check-config", warned]] {
            let result = try LabProcess.run(arguments, on: machine, within: .seconds(10))
            #expect(result.exit == .code(0))
            #expect(result.errors.contains("warning: \(warned):2:42: channels.tv.command: /no/such cannot be run"))
        }
    }
}
