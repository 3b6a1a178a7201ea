import Testing

@testable import RouterConfiguration

/// A file is judged as a whole: whoever cures all that is named has cured it.
@Suite("All errors of a configuration at once")
struct WholeJudgementTests {
    private static let machine = Machine(
        hasGroup: { $0 == "staff" }, properName: { $0 == "office" ? "eth0" : nil },
        obstacle: { $0 == "/usr/bin/missing" ? "No such file or directory" : nil })

    private func errors(_ text: String, on machine: Machine? = nil, isAlone: Bool = false) -> [String] {
        do throws(ConfigurationErrors) {
            _ = try RouterConfiguration(parsing: Array(text.utf8), file: "r", on: machine, isAlone: isAlone)
            return []
        } catch { return error.description.split(separator: "\n").map(String.init) }
    }

    @Test("Errors of every kind are all named, in the order of the file")
    func everything() {
        let text = """
            colour: blue
            sender-link: a/b
            interfaces:
              lan0: {role: sideways, mld: {query-interval: 125s, query-max-response-time: 200}, rolle: x}
              lan0: {role: downstream}
              lan 1: {mld: [1], groups: {allow: [ff3e::/32, "::/0", x]}}
              wan0: {role: upstream}
              wan1: {role: upstream, limits: {max-groups: 0, max-hosts: none}}
            channels:
              tv: {hold-time: -1, command: []}
              radio: {group: &a ff1e::1, source: *b}
              radio2: {group: ff1e::1, source: "::1"}
            control: {path: x, mode: "999"}
            """
        #expect(
            errors(text) == [
                "r:1:1: colour: unknown key; allowed are interfaces, channels, sender-link, control",
                "r:2:14: sender-link: a/b is not an interface name of 1 to 14 characters, to which a digit is added, or none",
                "r:4:16: interfaces.lan0.role: sideways is not downstream or upstream",
                "r:4:48: interfaces.lan0.mld.query-interval: 125s is not a number of seconds from 1 to 31744",
                "r:4:85: interfaces.lan0.rolle: unknown key; allowed are role, hosts, mld, limits, groups, scope-boundary, forward-as-non-querier, source-check",
                "r:5:3: interfaces.lan0: given twice, first in line 4",
                "r:6:3: interfaces.lan 1: not an interface name: 1 to 15 characters, no space, slash or colon",
                "r:6:3: interfaces.lan 1.role: missing; downstream or upstream",
                "r:6:16: interfaces.lan 1.mld: expected keys with values",
                "r:6:49: interfaces.lan 1.groups.allow: ::/0 is not a multicast prefix such as ff3e::/32, with no bits beyond its length",
                "r:6:57: interfaces.lan 1.groups.allow: x is not a multicast prefix such as ff3e::/32, with no bits beyond its length",
                "r:8:16: interfaces.wan1.role: wan0 is upstream already; only one interface can be",
                "r:8:47: interfaces.wan1.limits.max-groups: 0 is not a whole number from 1 to 10000000",
                "r:8:61: interfaces.wan1.limits.max-hosts: none is not a whole number from 1 to 10000000",
                "r:10:3: channels.tv.group: missing; a multicast address of a scope wider than the link, such as ff3e::8000:1",
                "r:10:19: channels.tv.hold-time: -1 is not a number of seconds from 0 to 86400",
                "r:10:32: channels.tv.command: expected a list of the program and its arguments, such as [/usr/bin/program, argument]",
                "r:11:18: anchors are not supported; write the value out where it is needed",
                "r:11:38: aliases are not supported; write the value out",
                "r:12:36: channels.radio2.source: ::1 is not a unicast address that routers forward, such as 2001:db8::1",
                "r:13:17: control.path: x is not an absolute path of at most 107 octets",
                "r:13:26: control.mode: 999 is not permissions in octal, such as \"0660\"",
            ])
    }

    /// Errors of the text itself and of its root end the reading, or stand for all that would follow.
    private static let pairs = BadConfigurationTests.table.filter { text, message in
        !message.contains("did not find") && !message.contains("mapping values") && !message.contains("a tab")
            && !message.contains("second document") && !message.contains("must be text")
            && (text.hasPrefix("interfaces:\n") || text.hasPrefix("channels:\n"))
    }

    @Test("Each bad value is named also when others of the same file are bad", arguments: pairs)
    func besideOthers(text: String, message: String) {
        let others = "\ncontrol: {mode: \"999\", path: x, port: 1}\nsender-link: []\nmetrics: 1\n"
        let found = errors(text + others)
        #expect(found.contains("r:" + message))
        #expect(found.count == 6, "and nothing is named that follows from another error")
    }

    @Test("What the text says before it cannot be read any further is named as well")
    func cutShort() {
        #expect(
            errors("control: {}\ncontrol: {}\n\tx: 1\n") == [
                "r:2:1: control: given twice, first in line 1", "r:3:1: a tab: YAML indents by spaces",
            ])
    }

    @Test("Each error is one line, whatever characters its key and value have")
    func controlCharacters() {
        #expect(
            errors(#"{"a\nb:1: c": 1, sender-link: "\e[31m/"}"#) == [
                #"r:1:2: a\u{a}b:1: c: unknown key; allowed are interfaces, channels, sender-link, control"#,
                #"r:1:31: sender-link: \u{1b}[31m/ is not an interface name of 1 to 14 characters, to which a digit is added, or none"#,
            ])
        #expect(
            errors(#"control: {mode: "\e[31m"}"#) == [
                #"r:1:17: control.mode: \u{1b}[31m is not permissions in octal, such as "0660""#
            ])
    }

    @Test(
        "A file that is all there is must name a downstream interface",
        arguments: ["", "interfaces: {w: {role: upstream}}"])
    func noDownstream(text: String) {
        #expect(errors(text).isEmpty)
        #expect(
            errors(text, isAlone: true).map { $0.split(separator: " ", maxSplits: 1).last ?? "" } == [
                "interfaces: no downstream interface; name one here, or to lcrouted as an argument, or give it --all"
            ])
        #expect(errors("interfaces: {lan0: {role: downstream}}", isAlone: true).isEmpty)
    }

    @Test("What the machine lacks is an error where the agent could not start, and a warning where it could")
    func machine() throws {
        let text = """
            interfaces:
              office: {role: downstream}
            channels:
              tv: {group: ff1e::1, command: [/usr/bin/missing]}
            control: {group: nobody-knows}
            """
        #expect(
            errors(text, on: Self.machine) == [
                "r:2:3: interfaces.office: another name of eth0: write eth0",
                "r:5:18: control.group: nobody-knows: there is no such group on this machine; groupadd --system nobody-knows makes it",
            ])
        let good = text.replacing("office", with: "eth0").replacing("nobody-knows", with: "staff")
        let configuration = try RouterConfiguration(parsing: Array(good.utf8), file: "r", on: Self.machine)
        #expect(
            configuration.warnings.map(\.description) == [
                "r:4:33: channels.tv.command: /usr/bin/missing cannot be run on this machine: No such file or directory; until it can, the channel fails"
            ])
    }

    @Test("This machine has a root, runs sh, and neither a folder nor a file that is not there")
    func thisMachine() {
        #expect(Machine.this.hasGroup("root") && !Machine.this.hasGroup("no such group"))
        #expect(Machine.this.obstacle("sh") == nil && Machine.this.obstacle("/bin/sh") == nil)
        #expect(Machine.this.obstacle("no-such-program") == "not found in PATH")
        #expect(Machine.this.obstacle("/") == "not a file")
        #expect(Machine.this.obstacle("/etc/passwd") == "not executable")
        #expect(Machine.this.properName("lo") == nil && Machine.this.properName("no-such-link") == nil)
    }
}
