import Glibc
import IPv6
import Testing

@testable import RouterConfiguration

private func parse(_ text: String) throws(ConfigurationErrors) -> RouterConfiguration {
    try RouterConfiguration(parsing: Array(text.utf8), file: "router.yaml")
}

private func address(_ text: String) throws -> IPv6Address { try #require(IPv6Address(text)) }

@Suite struct RouterConfigurationTests {
    @Test("Every key of this version is read, interfaces and channels in their order")
    func everything() throws {
        let configuration = try parse(
            """
            # a router
            interfaces:
              lan0: {role: downstream}
              lan1:
                role: downstream
                mld: {version: 1, query-interval: 60, last-member-query-count: 4, startup-query-interval: 2.5,
                      startup-query-count: 3, querier-guard: ["fe80::1", "fe80::2"], query-max-response-time: 2.5, last-member-query-interval: 0.25,
                      robustness-variable: 3, immediate-leave: false, require-router-alert: false, listening-interval: rfc3810,
                      older-host-compatibility: false}
                limits: {max-groups: 100000, max-group-sources: 64, max-hosts: 1000, max-groups-per-host: 16,
                         reports-per-second: 5000, reports-per-second-per-host: 50, queries-per-second: 7, specific-queries-per-second: 100,
                         confirming-queries-per-second: 0}
                groups: {allow: ["ff3e::/32", "ff1e::/16"], deny: ["ff3e::8000:0/112"]}
                scope-boundary: [admin, site]
                forward-as-non-querier: true
                source-check: own
              "wan0": {role: upstream, source-check: off}
            channels:
              firmware:
                group: ff3e::8000:42
                source: 2001:db8:1::1
                hold-time: 0
                minimum-run-time: 1.000000001
                command: [/usr/bin/lcupdate, send, "", --port, 4242]
                stop-timeout: 2
              radio: {group: "ff1e::1"}
            sender-link: studio
            control: {path: /run/router/socket, mode: "0600", group: staff}
            """)
        #expect(configuration.interfaces.map(\.name) == ["lan0", "lan1", "wan0"])
        #expect(configuration.interfaces.map(\.role) == [.downstream, .downstream, .upstream])
        #expect(configuration.interfaces[0] == InterfaceSettings(name: "lan0", role: .downstream))
        let lan1 = configuration.interfaces[1]
        #expect(lan1.mld.queryInterval == .seconds(60))
        #expect(lan1.mld.queryMaxResponseTime == .milliseconds(2500))
        #expect(lan1.mld.lastMemberQueryInterval == .milliseconds(250))
        #expect(lan1.mld.robustnessVariable == 3)
        #expect(!lan1.mld.immediateLeave && !lan1.mld.requireRouterAlert && !lan1.mld.olderHostCompatibility)
        #expect(lan1.mld.listeningInterval == .rfc3810)
        #expect(lan1.limits.maxGroups == 100_000 && lan1.limits.maxGroupSources == 64 && lan1.limits.maxHosts == 1000)
        #expect(lan1.forwardAsNonQuerier)
        #expect(configuration.interfaces.map(\.sourceCheck) == [.strict, .own, .off])
        #expect(lan1.mld.version == 1 && lan1.mld.querierGuard?.map(\.description) == ["fe80::1", "fe80::2"])
        #expect(lan1.mld.lastMemberQueryCount == 4 && lan1.mld.startupQueryCount == 3)
        #expect(lan1.mld.startupQueryInterval == .milliseconds(2500))
        #expect(lan1.limits.maxGroupsPerHost == 16 && lan1.limits.specificQueriesPerSecond == 100)
        #expect(lan1.limits.queriesPerSecond == 7 && lan1.limits.confirmingQueriesPerSecond == 0)
        #expect(lan1.limits.reportsPerSecond == 5000 && lan1.limits.reportsPerSecondPerHost == 50)
        #expect(lan1.groups.allow.map(\.description) == ["ff3e::/32", "ff1e::/16"])
        #expect(lan1.groups.deny.map(\.description) == ["ff3e::8000:0/112"])
        #expect(lan1.scopeBoundary == .site)

        var firmware = ChannelSettings(
            name: "firmware", group: try address("ff3e::8000:42"), source: try address("2001:db8:1::1"))
        firmware.holdTime = .zero
        firmware.minimumRunTime = .seconds(1) + .nanoseconds(1)
        firmware.command = ["/usr/bin/lcupdate", "send", "", "--port", "4242"]
        firmware.stopTimeout = .seconds(2)
        #expect(
            configuration.channels == [firmware, ChannelSettings(name: "radio", group: try address("ff1e::1"))])
        #expect(configuration.senderLink == "studio")
        #expect(configuration.control.path == "/run/router/socket")
        #expect(configuration.control.mode == 0o600)
        #expect(configuration.control.group == "staff")
    }

    @Test(
        "What is not given has its default",
        arguments: ["", "# nothing\n", "{}", "---\n", "interfaces:\nchannels: ~\ncontrol: {}\n", "interfaces: null"])
    func defaults(text: String) throws {
        let configuration = try parse(text)
        #expect(configuration == RouterConfiguration())
        #expect(configuration.senderLink == "lcsrc")
        #expect(configuration.control.mode == 0o660)
        let settings = MLDSettings()
        #expect(settings.queryInterval == .seconds(125) && settings.queryMaxResponseTime == .seconds(10))
        #expect(settings.robustnessVariable == 2 && settings.immediateLeave && settings.requireRouterAlert)
        #expect(InterfaceLimits().maxGroups == 65536 && InterfaceLimits().maxGroupSources == 512)
    }

    @Test("hosts: untrusted sets what guards against strangers, and each key overrides it wherever it stands")
    func untrusted() throws {
        let interfaces = try parse(
            """
            interfaces:
              lan0: {role: downstream, hosts: untrusted}
              lan1: {mld: {immediate-leave: true}, limits: {max-groups-per-host: 7}, hosts: untrusted, role: downstream}
              lan2: {hosts: untrusted, role: downstream, mld: {querier-guard: []}, limits: {reports-per-second: 50}}
              lan3: {hosts: untrusted, role: downstream, mld: {querier-guard: ["fe80::1"], robustness-variable: 3}}
              lan4: {role: downstream, hosts: trusted}
              lan5: {role: downstream, mld: {querier-guard: [self]}}
            """
        ).interfaces
        var preset = InterfaceSettings(name: "lan0", role: .downstream, hosts: .untrusted)
        #expect(interfaces[0] == preset)
        #expect(preset.mld.querierGuard == [] && !preset.mld.immediateLeave && preset.mld.olderHostCompatibility)
        #expect(preset.limits.maxGroupsPerHost == 256 && preset.limits.reportsPerSecond == 10_000)
        #expect(preset.limits.reportsPerSecondPerHost == 100 && preset.limits.specificQueriesPerSecond == 200)
        preset.name = "lan1"
        preset.mld.immediateLeave = true
        preset.limits.maxGroupsPerHost = 7
        #expect(interfaces[1] == preset)
        preset = InterfaceSettings(name: "lan2", role: .downstream, hosts: .untrusted)
        preset.mld.querierGuard = nil
        preset.limits.reportsPerSecond = 50
        #expect(interfaces[2] == preset)
        #expect(interfaces[3].mld.querierGuard == [try address("fe80::1")])
        #expect(interfaces[3].mld.robustnessVariable == 3 && !interfaces[3].mld.immediateLeave)
        #expect(interfaces[4] == InterfaceSettings(name: "lan4", role: .downstream))
        var guarded = InterfaceSettings(name: "lan5", role: .downstream)
        guarded.mld.querierGuard = []
        #expect(interfaces[5] == guarded)
    }

    @Test("sender-link: none is none")
    func noSenderLink() throws { #expect(try parse("sender-link: none").senderLink == nil) }

    @Test("31 interfaces beside the sender's link, 32 without, and not one more")
    func interfaceLimit() throws {
        func text(_ count: Int, _ link: String) -> String {
            "sender-link: \(link)\ninterfaces:\n" + (0..<count).map { "  lan\($0): {role: downstream}\n" }.joined()
        }
        #expect(try parse(text(31, "lcsrc")).interfaces.count == 31)
        #expect(try parse(text(32, "none")).interfaces.count == 32)
        #expect(
            throws: problem(
                34, 3, "interfaces.lan31",
                "one interface too many: the kernel forwards between 32, of which the sender's link takes one"
            )
        ) { try parse(text(32, "lcsrc")) }
        #expect(throws: problem(35, 3, "interfaces.lan32", "one interface too many: the kernel forwards between 32")) {
            try parse(text(33, "none"))
        }
    }

    private func problem(
        _ line: Int, _ column: Int, _ key: String, _ reason: String, file: String = "router.yaml"
    ) -> ConfigurationErrors {
        ConfigurationErrors([ConfigurationError(file: file, line: line, column: column, key: key, reason: reason)])
    }

    @Test("A file is read from its path; one that cannot be is named with the reason")
    func files() throws {
        var template = Array("/tmp/configuration-tests-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            close(descriptor)
            unlink(path)
        }
        let text = Array("sender-link: abc\n".utf8)
        #expect(write(descriptor, text, text.count) == text.count)
        #expect(try RouterConfiguration(file: path, isAlone: false).senderLink == "abc")
        #expect(ftruncate(descriptor, RouterConfiguration.maximumFileSize + 1) == 0)
        do {
            _ = try RouterConfiguration(file: path, isAlone: false)
            Issue.record("too large a file was read")
        } catch {
            #expect(error.description == "\(path): more than 1048576 octets; is this a configuration file?")
        }
        #expect(throws: problem(0, 0, "", "No such file or directory", file: "/no/file")) {
            try RouterConfiguration(file: "/no/file", isAlone: false)
        }
        #expect(throws: problem(0, 0, "", "Is a directory", file: "/")) {
            try RouterConfiguration(file: "/", isAlone: false)
        }
    }

    @Test("However deep it nests, it is an error and no more", arguments: ["[", "{a: ", "- ", "? "])
    func deep(opening: String) {
        let text = String(repeating: opening, count: 100_000)
        #expect(throws: ConfigurationErrors.self) { try parse(text) }
    }

    @Test("Octets that are no text are refused with their place")
    func notUTF8() {
        #expect(throws: problem(2, 4, "", "invalid leading UTF-8 octet")) {
            try RouterConfiguration(parsing: Array("a: 1\nb: ".utf8) + [0xff, 0xfe], file: "router.yaml")
        }
    }
}
