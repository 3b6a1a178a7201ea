import Glibc
import JSONText
import LinuxSystem
import TestFiles
import Testing

@Suite struct LCRouteTests {
    struct Result {
        var exit: ChildProcess.Exit
        var output: String
        var errors: String
    }

    /// The program, beside the tests that were built with it.
    static func program() throws -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = try check("readlink", Int32(readlink("/proc/self/exe", &buffer, buffer.count)))
        var path = String(decoding: buffer[..<Int(count)], as: UTF8.self).split(separator: "/").dropLast().map(
            String.init)
        while !path.isEmpty {
            let candidate = "/" + path.joined(separator: "/") + "/lcroute"
            if access(candidate, X_OK) == 0 { return candidate }
            path.removeLast()
        }
        // The tests run inside swiftpm's own program: the package's folder is the working directory.
        return ".build/debug/lcroute"
    }

    func lcroute(_ arguments: [String], standardInput: Int32? = nil) throws -> Result {
        let (output, errors) = (try Pipe(), try Pipe())
        var options = ChildProcess.Options()
        options.standardOutput = output.writeEnd
        options.standardError = errors.writeEnd
        options.standardInput = standardInput
        let child = try ChildProcess([Self.program()] + arguments, options: options)
        output.closeWriting()
        errors.closeWriting()
        let text = output.drain()
        let errorText = errors.drain()
        return Result(exit: child.wait(), output: text, errors: errorText)
    }

    private static let groupJSON =
        #"{"groups":[{"interface":"lan0","group_address":"ff1e::1","filter_mode":"exclude","compatibility":"mldv2","up_time":1,"#
        + #""expire":260,"last_reporter":"fe80::2","sources":[],"hosts":[]}]}"# + "\n"

    @Test("Global options stand before the verb or behind it", arguments: [0, 1, 2, 3])
    func order(variant: Int) throws {
        let agent = try StubAgent()
        let variants = [
            ["-s", agent.path, "--json", "groups"], ["groups", "--json", "--socket", agent.path],
            ["--json", "groups", "--socket=\(agent.path)"], ["--socket", agent.path, "groups", "ff1e:0::1", "--json"],
        ]
        let result = try lcroute(variants[variant])
        #expect(result.exit == .code(0))
        #expect(result.output == Self.groupJSON)
        #expect(result.errors == "")
    }

    @Test(
        "Verbs may be shortened, and show before one is ignored",
        arguments: [
            ["g", "--json"], ["--json", "show", "groups"], ["show", "--json", "gr"], ["g", "-i", "lan0", "--json"],
            ["groups", "--json", "--interface", "lan0"],
        ])
    func shortened(arguments: [String]) throws {
        let agent = try StubAgent()
        let result = try lcroute(["-s", agent.path] + arguments)
        #expect(result.exit == .code(0) && result.output == Self.groupJSON, "\(result.errors)")
        #expect(try lcroute(["-s", agent.path, "cl", "g"]).exit == .code(77), "clear groups")
    }

    @Test("What begins more than one verb is refused with all of them")
    func ambiguous() throws {
        let result = try lcroute(["c"])
        #expect(result.exit == .code(64))
        #expect(
            result.errors.contains("c is short for channels and for clear and for check-config; write more of it"))
    }

    @Test("Groups of link scope stand in the table with --all or by name, and always in the JSON")
    func linkScope() throws {
        let agent = try StubAgent(linkScope: true)
        let shows = { (arguments: [String]) in
            try lcroute(["-s", agent.path] + arguments).output.contains("ff02::fb")
        }
        #expect(try !shows(["groups"]) && shows(["groups", "--all"]) && shows(["groups", "--json"]))
        #expect(try shows(["groups", "ff02::fb"]))
        #expect(try !shows(["listeners"]) && shows(["listeners", "--all"]) && shows(["listeners", "--json"]))
        #expect(try shows(["listeners", "ff02::fb"]))
    }

    @Test("Listeners of one group, of one interface, of both")
    func listenerFilters() throws {
        let agent = try StubAgent()
        let rows = { (arguments: [String]) in
            try lcroute(["-s", agent.path, "listeners"] + arguments).output.split(separator: "\n").count - 1
        }
        #expect(try rows([]) == 3)
        #expect(try rows(["ff1e:0::1"]) == 2)
        #expect(try rows(["-i", "lan0"]) == 2)
        #expect(try rows(["ff1e::1", "--interface", "lan0"]) == 1)
        let json = try lcroute(["-s", agent.path, "listeners", "ff1e::2", "--json"])
        #expect(
            json.output
                == #"{"listeners":[{"interface":"lan0","host_address":"fe80::2","group_address":"ff1e::2","#
                + #""host_filter_mode":"exclude","sources":[],"expire":260}]}"# + "\n")
        let unknown = try lcroute(["-s", agent.path, "listeners", "-i", "lan7"])
        #expect(unknown.exit == .code(1))
        #expect(unknown.errors == "lcroute: lan7: the agent serves no such interface; it serves lan0\n")
    }

    @Test("watch GROUP prints what is about that group, with its numbers")
    func watchGroup() throws {
        let agent = try StubAgent(endlessWatch: false)
        let lines = try lcroute(["watch", "ff1e::2", "--json", "-s", agent.path]).output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.contains(#""groups":[]"#) == true)
        #expect(lines.last?.hasPrefix(#"{"sequence":2,"time":3,"event":"group-added""#) == true)
    }

    @Test("An argument that is not UTF-8 is refused, as shown, and names no other file")
    func notUTF8() throws {
        let directory = try TemporaryDirectory()
        // The file that a repaired name would mean.
        try directory.write("interfaces: {lan0: {role: downstream}}\n".utf8, to: "caf\u{fffd}")
        let errors = try Pipe()
        var options = ChildProcess.Options()
        options.standardError = errors.writeEnd
        let script = "exec \"$0\" check-config \"$(printf '\(directory("caf"))\\351')\""
        let child = try ChildProcess(["sh", "-c", script, Self.program()], options: options)
        errors.closeWriting()
        #expect(
            errors.drain()
                == "lcroute: \(directory("caf"))\\xe9: not UTF-8; give the file or the directory a name that is\n")
        #expect(child.wait() == .code(64))
    }

    @Test("A table for people")
    func table() throws {
        let agent = try StubAgent()
        let result = try lcroute(["-s", agent.path, "groups"])
        #expect(
            result.output == """
                INTERFACE  GROUP    MODE     VERSION  SOURCES  HOSTS  UP  EXPIRES  LAST REPORTER
                lan0       ff1e::1  exclude  mldv2          0      0  1s    4m20s  fe80::2

                """)
        #expect(
            try lcroute(["interfaces", "lan0", "-s", agent.path]).output.hasPrefix("interface                   lan0\n")
        )
        #expect(
            try lcroute(["interfaces", "lan0", "--json", "-s", agent.path]).output.hasPrefix(
                #"{"interfaces":[{"interface":"lan0""#))
    }

    @Test(
        "Each failure has its exit code and one line that says what to do",
        arguments: [
            (["interfaces", "lan7"], 1, "lan7: the agent serves no such interface; it serves lan0"),
            (["groups", "--interface", "lan7"], 1, "lan7: the agent serves no such interface; see lcroute interfaces"),
            (["clear", "groups"], 77, "not permitted; run as root or as a member of the control socket's group"),
            (["clear", "groups", "ff1e::9"], 1, "ff1e::9: nobody listens to this group; see lcroute groups"),
            (
                ["clear", "groups", "--interface", "lan7"], 1,
                "lan7: the agent serves no such interface; see lcroute interfaces"
            ),
            (["reload"], 78, "/etc/r.yaml:2:3: colour: unknown key (the agent keeps its old configuration)"),
            (
                ["status"], 76,
                "the answer is not one of this version's lcrouted (version: missing); check what listens there"
            ),
            (
                ["routes"], 76, "the agent answered org.varlink.service.MethodNotFound; is it of another version?"
            ),
        ])
    func failures(arguments: [String], code: Int32, message: String) throws {
        let agent = try StubAgent()
        let result = try lcroute(["-s", agent.path] + arguments)
        #expect(result.exit == .code(code))
        #expect(result.errors == "lcroute: \(message)\n")
        #expect(result.output == "")
    }

    @Test("An agent that has too many clients says so: 75", arguments: ["status", "watch"])
    func tooManyConnections(verb: String) throws {
        let agent = try StubAgent(connections: 0)
        let result = try lcroute(["-s", agent.path, verb])
        #expect(result.exit == .code(75))
        #expect(result.errors.hasPrefix("lcroute: the agent has too many connections; try again"))
        #expect(result.output == "")
    }

    @Test("Without an agent it is 69 and says how to get one")
    func noAgent() throws {
        let result = try lcroute(["-s", "/nowhere/control", "groups"])
        #expect(result.exit == .code(69))
        #expect(
            result.errors
                == "lcroute: no agent answers on /nowhere/control (No such file or directory); "
                + "start lcrouted, or name its socket with --socket or LCROUTE_CONTROL\n")
    }

    @Test(
        "What is not understood is 64",
        arguments: [
            [], ["nonsense"], ["show"], ["show", "nonsense"], ["groups", "1.2.3.4"], ["groups", "2001:db8::1"],
            ["clear"], ["-s"],
            ["groups", "ff1e::1", "x"],
        ])
    func usage(arguments: [String]) throws {
        #expect(try lcroute(arguments).exit == .code(64))
    }

    @Test("check-config needs no agent: 0 and a summary, or 78 and the place")
    func checkConfig() throws {
        let directory = try TemporaryDirectory()
        let path = directory("lcroute.yaml")
        func write(_ text: String) throws { try directory.write(text.utf8, to: "lcroute.yaml") }
        try write("interfaces:\n  lan0: {role: downstream}\nchannels:\n  tv: {group: ff1e::1}\n")
        #expect(try lcroute(["check-config", path]).output == "\(path): good, 1 interface, 1 channel\n")
        let json = try lcroute(["--json", "check-config", path])
        #expect(
            json.output
                == #"{"file":"\#(path)","valid":true,"interfaces":["lan0"],"untrusted":[],"channels":["tv"]}"# + "\n")
        try write("interfaces:\n  lan0: {role: downstream, hosts: untrusted}\n")
        #expect(
            try lcroute(["check-config", path]).output
                == "\(path): good, 1 interface (untrusted hosts: lan0), 0 channels\n")
        #expect(try lcroute(["--json", "check-config", path]).output.contains(#""untrusted":["lan0"]"#))
        try write("interfaces:\n  lan0: {role: sideways}\n")
        let bad = try lcroute(["check-config", path])
        #expect(bad.exit == .code(78))
        #expect(bad.errors == "lcroute: \(path):2:16: interfaces.lan0.role: sideways is not downstream or upstream\n")
    }

    @Test("watch prints a line an event and ends well when interrupted", arguments: [SIGINT, SIGTERM])
    func watch(signal: Int32) throws {
        let agent = try StubAgent()
        let output = try Pipe()
        var options = ChildProcess.Options()
        options.standardOutput = output.writeEnd
        let child = try ChildProcess([Self.program(), "watch", "--json", "-s", agent.path], options: options)
        output.closeWriting()
        var text = ""
        while text.count(where: { $0 == "\n" }) < 3, let more = output.read() { text += more }
        child.send(signal: signal)
        #expect(child.wait() == .code(0))
        let lines = text.split(separator: "\n")
        #expect(lines.first?.hasPrefix(#"{"sequence":0,"time":1,"event":"snapshot","interfaces":[{"#) == true)
        #expect(
            lines.dropFirst().first.map(String.init)
                == #"{"sequence":1,"time":2,"event":"group-removed","interface":"lan0","group_address":"ff1e::1"}"#)
    }

    @Test("watch says why it ends when the agent ends it")
    func watchEnds() throws {
        let agent = try StubAgent(endlessWatch: false)
        let result = try lcroute(["watch", "-s", agent.path])
        #expect(result.exit == .code(1))
        #expect(
            result.output.split(separator: "\n").map { $0.dropFirst(13) } == [
                "snapshot 1 interface, 1 group, 0 routes, 0 channels", "group-removed lan0 ff1e::1",
                "group-added lan0 ff1e::2",
            ])
        #expect(result.errors.hasPrefix("lcroute: the output was not read fast enough"))
    }

    @Test("A reader that goes ends it without a word", arguments: [["groups"], ["groups", "--json"], ["watch"]])
    func brokenPipe(arguments: [String]) throws {
        let agent = try StubAgent(manyGroups: 3000)
        let (output, errors) = (try Pipe(), try Pipe())
        var options = ChildProcess.Options()
        options.standardOutput = output.writeEnd
        options.standardError = errors.writeEnd
        let child = try ChildProcess([Self.program(), "-s", agent.path] + arguments, options: options)
        output.closeWriting()
        errors.closeWriting()
        #expect(output.read(limit: 1)?.utf8.count == 1)
        output.closeReading()
        #expect(errors.drain() == "")
        let exit = child.wait()
        #expect(exit == .code(0) || exit == .signal(SIGPIPE))
    }
}
