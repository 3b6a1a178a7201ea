import RouterConfiguration
import Testing

@Suite struct DocumentationTests {
    private static let file = "docs/man/lcroute.yaml.5"

    @Test(
        "Every option and verb that --help lists stands in the manual page",
        arguments: [("lcrouted", 8), ("lcroute", 1), ("lcupdate", 1), ("lclab", 1)])
    func manual(program: String, section: Int) throws {
        let help = try ProgramHelp(of: program)
        let page = try Document("docs/man/\(program).\(section)")
        #expect(help.options.contains("--help"))
        #expect(help.verbs.isEmpty == (program == "lcrouted"))
        for option in help.options { #expect(page.names("Fl \(option.dropFirst())"), "\(option)") }
        for verb in help.verbs { #expect(page.names("Cm \(verb)") || page.names("Cm clear \(verb)"), "\(verb)") }
    }

    @Test("--help names the default of an option once", arguments: ["lcrouted", "lcroute", "lcupdate", "lclab"])
    func defaults(program: String) throws {
        let entries = try ProgramHelp(of: program).entries
        #expect(entries.contains { $0.contains("default: ") })
        for entry in entries { #expect(entry.split(separator: "default: ").count <= 2, "\(entry)") }
    }

    /// Why a configuration is refused; empty if it is not.
    private static func refusals(of text: String) -> [String] {
        do throws(ConfigurationErrors) {
            _ = try RouterConfiguration(parsing: Array(text.utf8), file: "")
            return []
        } catch {
            return error.errors.map(\.reason)
        }
    }

    /// A wrong key's error names the right ones.
    private static func keys(_ text: String) throws -> [String] {
        let reason = try #require(refusals(of: text).first { $0.hasPrefix("unknown key; allowed are ") })
        return reason.split(separator: " allowed are ").last.map { $0.split(separator: ", ").map(String.init) } ?? []
    }

    @Test(
        "Every key that the configuration takes stands in its manual page",
        arguments: [
            ("{x: 1}", 4), ("interfaces: {a: {x: 1}}", 6), ("interfaces: {a: {role: upstream, mld: {x: 1}}}", 13),
            ("interfaces: {a: {role: upstream, limits: {x: 1}}}", 8),
            ("interfaces: {a: {role: upstream, groups: {x: 1}}}", 2), ("channels: {a: {x: 1}}", 6),
            ("control: {x: 1}", 3),
        ])
    func keys(text: String, atLeast: Int) throws {
        let keys = try Self.keys(text)
        let page = try Document(Self.file)
        #expect(keys.count >= atLeast)
        for key in keys { #expect(page.names(".It Ic \(key)"), "\(key)") }
    }

    @Test("Keys that the manual page calls those of later versions are refused as such")
    func laterKeys() throws {
        let page = try Document(Self.file)
        let section = try #require(page.blocks(from: ".Ss Keys of later versions", to: ".Sh ENVIRONMENT").first)
        let places =
            ["@: {}", "interfaces: {a: {@: {}}}", "interfaces: {a: {role: upstream, mld: {@: {}}}}"]
            + ["interfaces: {a: {role: upstream, limits: {@: {}}}}"]
        var keys: [String] = []
        for line in section.split(separator: "\n") where line.hasPrefix(".Ic ") {
            keys += line.split(whereSeparator: { $0 == " " || $0 == "," }).dropFirst().map(String.init)
        }
        keys.removeAll { ["mld", "limits"].contains($0) || $0.count < 3 }
        #expect(keys.count == 2)
        for key in keys {
            let reasons = places.flatMap { place in
                Self.refusals(of: place.split(separator: "@", omittingEmptySubsequences: false).joined(separator: key))
            }
            #expect(reasons.contains { $0.hasPrefix("not available in this version") }, "\(key)")
        }
    }

    @Test("Every configuration in the documents is a good one")
    func examples() throws {
        var examples = try Document(Self.file).blocks(from: ".Bd -literal", to: ".Ed")
        for path in ["README.md", "docs/deployment.md", "docs/control-protocol.md"] {
            examples += try Document(path).blocks(from: "```yaml", to: "```")
        }
        examples += try Document("docs/deployment.md").blocks(
            from: "    sudo install -D -m 644 /dev/stdin /etc/lcroute/lcroute.yaml <<'EOF'", to: "    EOF")
        #expect(examples.count >= 4)
        for example in examples {
            #expect(throws: Never.self, "\(example)") {
                try RouterConfiguration(parsing: Array(example.utf8), file: "")
            }
        }
    }
}
