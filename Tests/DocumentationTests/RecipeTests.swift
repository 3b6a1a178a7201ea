import Glibc
import LinuxSystem
import TestFiles
import Testing

/// What the documents tell to run or to install is run and checked as it is printed.
@Suite("Recipes and units")
struct RecipeTests {
    private let directory: TemporaryDirectory

    /// Of the machine, not of a user namespace: bundles are mounted.
    private static var isRoot: Bool {
        let map = try? Descriptor("open", open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC)).contents()
        return getuid() == 0 && map?.contains(" 4294967295") == true
    }

    init() throws { directory = try TemporaryDirectory() }

    /// Runs `recipe.sh` in namespaces of its own; everything that it starts ends with it. What it says if it fails.
    private func failure(_ name: String, _ text: String, file: String) throws -> String? {
        try directory.write(text.utf8, to: file)
        mkdir(directory("work"), 0o755)
        let errors = try Descriptor("open", open(directory("errors"), O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
        var options = ChildProcess.Options()
        options.standardOutput = errors.number
        options.standardError = errors.number
        let programs = try BuiltProgram.path(of: "lcupdate").split(separator: "/").dropLast().joined(separator: "/")
        let script = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let exit = try ChildProcess(
            [
                "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash",
                "/\(script)/recipe.sh", name, directory(file), "/\(programs)", directory("work"),
            ], options: options
        ).wait()
        return exit == .code(0) ? nil : "\(exit): \(directory.text("errors"))"
    }

    /// The command under a heading of the recipes.
    private func recipe(_ heading: String) throws -> String {
        let document = try Document("docs/recipes.md")
        let lines = document.text.split(separator: "\n", omittingEmptySubsequences: false)
        let section = lines.drop { $0 != "## \(heading)" }.dropFirst().prefix { !$0.hasPrefix("## ") }
        let block = section.drop { $0 != "```" }.dropFirst().prefix { $0 != "```" }
        try #require(!block.isEmpty, "\(heading)")
        return block.joined(separator: "\n") + "\n"
    }

    @Test(
        "Each recipe installs what is sent, as it is printed", .enabled(if: isRoot, "needs root"),
        arguments: [("SWUpdate", "swupdate_image"), ("RAUC", "rauc_bundle"), ("A Debian package", "debian_package")])
    func recipe(heading: String, image: String) throws {
        #expect(try failure(image, recipe(heading), file: "recipe") == nil)
    }

    /// Units that are delivered or printed, by the name that they are installed as.
    private static func units() throws -> [(name: String, text: String)] {
        var units = [("lcrouted.service", try Document("packaging/lcrouted.service").text)]
        for path in ["README.md", "docs/recipes.md", "docs/deployment.md"] {
            for (number, text) in try Document(path).blocks(from: "```ini", to: "```").enumerated() {
                units.append(("printed\(number).service", text))
            }
        }
        return units
    }

    @Test("systemd-analyze finds nothing to say of any unit", .enabled(if: isRoot, "needs root"))
    func verified() throws {
        let units = try Self.units()
        #expect(units.count >= 2)
        for unit in units { #expect(try failure("unit", unit.text, file: unit.name) == nil, "\(unit.name)") }
    }

    @Test("No unit ever comes to systemd's limit of five starts in ten seconds, and wrong usage is not tried again")
    func startLimits() throws {
        for unit in try Self.units() {
            func value(_ key: String) -> String? {
                unit.text.split(separator: "\n").first { $0.hasPrefix("\(key)=") }.map {
                    String($0.dropFirst(key.count + 1))
                }
            }
            #expect(value("Restart") == "on-failure")
            #expect(value("StartLimitIntervalSec") == "0", "\(unit.name)")
            #expect((value("RestartSec").flatMap { Int($0) } ?? 0) >= 1, "a busy loop of starts: \(unit.name)")
            let prevented = value("RestartPreventExitStatus")?.split(separator: " ") ?? []
            #expect(prevented.contains("64"), "\(unit.name)")
        }
    }
}
