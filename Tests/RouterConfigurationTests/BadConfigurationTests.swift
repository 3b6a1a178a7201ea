import RouterConfiguration
import Testing

@Suite struct BadConfigurationTests {
    private static let mld = "interfaces:\n  lan0:\n    role: downstream\n    mld:\n      "
    private static let channel = "channels:\n  tv:\n    "
    private static let group = "a multicast address of a scope wider than the link, such as ff3e::8000:1"
    private static let unicast = "a unicast address that routers forward, such as 2001:db8::1"
    private static let arguments = "a list of the program and its arguments, such as [/usr/bin/program, argument]"
    private static let link = "an interface name of 1 to 14 characters, to which a digit is added, or none"

    static let table: [(String, String)] = [
        // the text
        ("interfaces: [", "2:1: did not find expected node content"),
        ("a: b: c", "1:5: mapping values are not allowed in this context"),
        ("\tinterfaces:", "1:1: a tab: YAML indents by spaces"),
        ("interfaces:\n\tlan0: {role: downstream}", "2:1: a tab: YAML indents by spaces"),
        ("interfaces:\n  lan0:\n    role: downstream\n  \tmld: {}", "4:3: a tab: YAML indents by spaces"),
        ("interfaces:\n  lan0:\n  \trole: downstream\n", "3:3: a tab: YAML indents by spaces"),
        ("just text", "1:1: expected keys with values"),
        ("- a\n- b", "1:1: expected keys with values"),
        ("interfaces: {}\n---\nchannels: {}", "2:1: a second document; a configuration is one"),
        ("interfaces: &a {}", "1:13: anchors are not supported; write the value out where it is needed"),
        ("interfaces: {}\nchannels: *a", "2:11: aliases are not supported; write the value out"),
        ("sender-link: !!str x", "1:14: tags are not supported; leave it out"),
        ("? [a]\n: b", "1:3: a key must be text"),
        ("interfaces: {}\ninterfaces: {}", "2:1: interfaces: given twice, first in line 1"),
        (
            "interfaces:\n  lan0: {role: downstream}\n  lan0: {role: upstream}",
            "3:3: interfaces.lan0: given twice, first in line 2"
        ),
        // the root
        ("colour: blue", "1:1: colour: unknown key; allowed are interfaces, channels, sender-link, control"),
        ("metrics: {listen: \"[::1]:9742\"}", "1:1: metrics: not available in this version; leave it out"),
        ("interfaces: lan0", "1:13: interfaces: expected keys with values"),
        ("sender-link: a-rather-long-name", "1:14: sender-link: a-rather-long-name is not \(link)"),
        ("sender-link: a/b", "1:14: sender-link: a/b is not \(link)"),
        ("sender-link:", "1:13: sender-link: expected \(link)"),
        ("sender-link: [a]", "1:14: sender-link: expected \(link)"),
        ("sender-link: \"a\\0b\"", "1:14: sender-link: holds a NUL character"),
        ("control: {path: run/x}", "1:17: control.path: run/x is not an absolute path of at most 107 octets"),
        ("control: {mode: \"999\"}", "1:17: control.mode: 999 is not permissions in octal, such as \"0660\""),
        ("control: {mode: +66}", "1:17: control.mode: +66 is not permissions in octal, such as \"0660\""),
        ("control: {mode: 7777}", "1:17: control.mode: 7777 is not permissions in octal, such as \"0660\""),
        ("control: {port: 1}", "1:11: control.port: unknown key; allowed are path, mode, group"),
        // interfaces
        ("interfaces:\n  lan0: {}", "2:3: interfaces.lan0.role: missing; downstream or upstream"),
        ("interfaces:\n  lan0:", "2:3: interfaces.lan0.role: missing; downstream or upstream"),
        ("interfaces:\n  lan0: {role: source}", "2:16: interfaces.lan0.role: source is not downstream or upstream"),
        (
            "interfaces: {a: {role: upstream}, b: {role: upstream}}",
            "1:45: interfaces.b.role: a is upstream already; only one interface can be"
        ),
        (
            "interfaces:\n  a-name-of-16-oct: {role: downstream}",
            "2:3: interfaces.a-name-of-16-oct: not an interface name: 1 to 15 characters, no space, slash or colon"
        ),
        (
            "interfaces:\n  \"lan 0\": {role: downstream}",
            "2:3: interfaces.lan 0: not an interface name: 1 to 15 characters, no space, slash or colon"
        ),
        (
            "interfaces:\n  lcsrc1: {role: downstream}",
            "2:3: interfaces.lcsrc1: an end of the sender's link, which the agent makes; leave it out"
        ),
        (
            "interfaces:\n  lan0: {role: downstream, groups: {allow: [ff3e::1/32]}}",
            "2:45: interfaces.lan0.groups.allow: ff3e::1/32 is not a multicast prefix such as ff3e::/32, with no bits beyond its length"
        ),
        (
            "interfaces:\n  lan0: {role: downstream, groups: {deny: [\"::/0\"]}}",
            "2:44: interfaces.lan0.groups.deny: ::/0 is not a multicast prefix such as ff3e::/32, with no bits beyond its length"
        ),
        (
            "interfaces:\n  lan0: {role: downstream, groups: {deny: ff3e::/32}}",
            "2:43: interfaces.lan0.groups.deny: expected a list of multicast prefixes, such as [ff3e::/32]"
        ),
        (
            "interfaces:\n  lan0: {role: downstream, static-groups: []}",
            "2:28: interfaces.lan0.static-groups: not available in this version; leave it out"
        ),
        (
            "interfaces:\n  lan0: {role: downstream, scope-boundary: site}",
            "2:44: interfaces.lan0.scope-boundary: expected a list of scopes: realm, admin, site, organization"
        ),
        (
            "interfaces:\n  lan0: {role: downstream, scope-boundary: [global]}",
            "2:45: interfaces.lan0.scope-boundary: global is not one of realm, admin, site, organization"
        ),
        (
            "interfaces:\n  lan0: {role: downstream, rolle: x}",
            "2:28: interfaces.lan0.rolle: unknown key; allowed are role, hosts, mld, limits, groups, scope-boundary, forward-as-non-querier, source-check"
        ),
        (
            "interfaces:\n  lan0: {role: downstream, forward-as-non-querier: yes}",
            "2:52: interfaces.lan0.forward-as-non-querier: yes is not true or false"
        ),
        (
            "interfaces:\n  lan0: {role: downstream, source-check: loose}",
            "2:42: interfaces.lan0.source-check: loose is not strict, own or off"
        ),
        // MLD
        (mld + "version: 3", "5:16: interfaces.lan0.mld.version: 3 is not a whole number from 1 to 2"),
        (
            mld + "robustness-variable: 0",
            "5:28: interfaces.lan0.mld.robustness-variable: 0 is not a whole number from 1 to 255"
        ),
        (
            mld + "robustness-variable: 256",
            "5:28: interfaces.lan0.mld.robustness-variable: 256 is not a whole number from 1 to 255"
        ),
        (
            mld + "robustness-variable: 2.0",
            "5:28: interfaces.lan0.mld.robustness-variable: 2.0 is not a whole number from 1 to 255"
        ),
        (
            mld + "robustness-variable: 0x2",
            "5:28: interfaces.lan0.mld.robustness-variable: 0x2 is not a whole number from 1 to 255"
        ),
        (
            mld + "robustness-variable: -1",
            "5:28: interfaces.lan0.mld.robustness-variable: -1 is not a whole number from 1 to 255"
        ),
        (
            mld + "robustness-variable: '2'",
            "5:28: interfaces.lan0.mld.robustness-variable: expected a whole number from 1 to 255"
        ),
        (
            mld + "query-interval: 1e2",
            "5:23: interfaces.lan0.mld.query-interval: 1e2 is not a number of seconds from 1 to 31744"
        ),
        (
            mld + "query-interval: 0125",
            "5:23: interfaces.lan0.mld.query-interval: 0125 is not a number of seconds from 1 to 31744"
        ),
        (
            mld + "query-interval: 31744.1",
            "5:23: interfaces.lan0.mld.query-interval: 31744.1 is not a number of seconds from 1 to 31744"
        ),
        (
            mld + "query-interval: 99999999999999999999",
            "5:23: interfaces.lan0.mld.query-interval: 99999999999999999999 is not a number of seconds from 1 to 31744"
        ),
        (
            mld + "query-interval: 125s",
            "5:23: interfaces.lan0.mld.query-interval: 125s is not a number of seconds from 1 to 31744"
        ),
        (
            mld + "query-interval: .nan",
            "5:23: interfaces.lan0.mld.query-interval: .nan is not a number of seconds from 1 to 31744"
        ),
        (
            mld + "query-interval:",
            "5:22: interfaces.lan0.mld.query-interval: expected a number of seconds from 1 to 31744"
        ),
        (
            mld + "last-member-query-interval: 0",
            "5:35: interfaces.lan0.mld.last-member-query-interval: 0 is not a number of seconds from 0.001 to 8387.584"
        ),
        (
            mld + "query-max-response-time: 125",
            "5:32: interfaces.lan0.mld.query-max-response-time: query-max-response-time (125) must be less than query-interval (125)"
        ),
        (
            mld + "query-interval: 9.5",
            "5:23: interfaces.lan0.mld.query-interval: query-max-response-time (10) must be less than query-interval (9.5)"
        ),
        (
            mld + "listening-interval: rfc2710",
            "5:27: interfaces.lan0.mld.listening-interval: rfc2710 is not rfc9777 or rfc3810"
        ),
        (mld + "immediate-leave: 1", "5:24: interfaces.lan0.mld.immediate-leave: 1 is not true or false"),
        (
            mld + "querier-guard: [fe80::1, 2001:db8::1]",
            "5:32: interfaces.lan0.mld.querier-guard: 2001:db8::1 is not a link-local address of a router, such as fe80::1, nor self"
        ),
        (
            mld + "querier-guard: self",
            "5:22: interfaces.lan0.mld.querier-guard: expected a list of link-local router addresses, such as [fe80::1], or [self] for none"
        ),
        (
            mld + "querier-guard: [self, fe80::1]",
            "5:22: interfaces.lan0.mld.querier-guard: self means that no other router is believed, so it stands alone: [self]"
        ),
        (
            "interfaces:\n  lan0: {role: downstream, hosts: strangers}",
            "2:35: interfaces.lan0.hosts: strangers is not trusted or untrusted"
        ),
        (
            "interfaces:\n  lan0: {role: downstream, limits: {max-groups: 0}}",
            "2:49: interfaces.lan0.limits.max-groups: 0 is not a whole number from 1 to 10000000"
        ),
        (
            "interfaces:\n  lan0: {role: downstream, limits: {reports-per-second: 0}}",
            "2:57: interfaces.lan0.limits.reports-per-second: 0 is not a whole number from 1 to 10000000"
        ),
        // channels
        (channel + "source: 2001:db8::1", "2:3: channels.tv.group: missing; \(group)"),
        (channel + "group: ff02::1", "3:12: channels.tv.group: ff02::1 is not \(group)"),
        (channel + "group: 2001:db8::1", "3:12: channels.tv.group: 2001:db8::1 is not \(group)"),
        (channel + "group: 224.0.0.1", "3:12: channels.tv.group: 224.0.0.1 is not \(group)"),
        (channel + "group: ff1e::1\n    source: ff1e::1", "4:13: channels.tv.source: ff1e::1 is not \(unicast)"),
        (channel + "group: ff1e::1\n    source: fe80::1", "4:13: channels.tv.source: fe80::1 is not \(unicast)"),
        (
            channel + "group: ff1e::1\n    hold-time: -1",
            "4:16: channels.tv.hold-time: -1 is not a number of seconds from 0 to 86400"
        ),
        (channel + "group: ff1e::1\n    command: /bin/true", "4:14: channels.tv.command: expected \(arguments)"),
        (channel + "group: ff1e::1\n    command: []", "4:14: channels.tv.command: expected \(arguments)"),
        (channel + "group: ff1e::1\n    command: ['']", "4:15: channels.tv.command: expected \(arguments)"),
        (channel + "group: ff1e::1\n    command: [a, [b]]", "4:18: channels.tv.command: expected \(arguments)"),
        (channel + "group: ff1e::1\n    command: [a, ~]", "4:18: channels.tv.command: expected \(arguments)"),
        (
            channel + "group: ff1e::1\n    rate: 5",
            "4:5: channels.tv.rate: unknown key; allowed are group, source, hold-time, minimum-run-time, command, stop-timeout"
        ),
        (
            "channels:\n  \"a b\": {group: ff1e::1}",
            "2:3: channels.a b: not a channel name: 1 to 64 letters, digits, dots, hyphens and underscores"
        ),
        (
            "channels:\n  a: {group: ff1e::1}\n  b: {group: ff1e:0::1}",
            "3:14: channels.b.group: a has this group and source already"
        ),
    ]

    @Test("A bad file is refused with the place, the key and what is allowed", arguments: table)
    func refused(text: String, message: String) {
        do throws(ConfigurationErrors) {
            let configuration = try RouterConfiguration(parsing: Array(text.utf8), file: "router.yaml")
            Issue.record("accepted as \(configuration)")
        } catch {
            #expect(error.description == "router.yaml:" + message)
        }
    }
}
