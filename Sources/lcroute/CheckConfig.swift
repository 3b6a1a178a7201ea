import ArgumentParser
import JSONText
import RouterConfiguration

/// `lcroute check-config FILE`, without an agent.
struct CheckConfig: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Check a configuration file; needs no agent.")
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The YAML file.") var file: String

    func run() throws {
        let configuration = try RouterConfiguration(file: file, isAlone: true)
        for warning in configuration.warnings { Output.warn("warning: \(warning)") }
        let (interfaces, channels) = (configuration.interfaces.map(\.name), configuration.channels.map(\.name))
        let strangers = configuration.interfaces.filter { $0.hosts == .untrusted }.map(\.name)
        if options.json {
            let summary = Summary(file: file, interfaces: interfaces, untrusted: strangers, channels: channels)
            Output.print(octets: JSONWriter.octets(of: summary))
        } else {
            let untrusted = strangers.isEmpty ? "" : " (untrusted hosts: \(strangers.joined(separator: " ")))"
            Output.print(
                "\(file): good, \(count(interfaces, "interface"))\(untrusted), \(count(channels, "channel"))\n")
        }
    }

    private func count(_ names: [String], _ noun: String) -> String {
        "\(names.count) \(noun)\(names.count == 1 ? "" : "s")"
    }
}

private struct Summary: JSONWritable {
    var file: String
    var interfaces: [String]
    /// Those with `hosts: untrusted`.
    var untrusted: [String]
    var channels: [String]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("file", file)
            json.member("valid", true)
            json.member("interfaces", interfaces)
            json.member("untrusted", untrusted)
            json.member("channels", channels)
        }
    }
}
