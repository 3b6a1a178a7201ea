import ArgumentParser
import RouterControl

/// `lcroute clear groups [GROUP] [--interface IF]`
struct Clear: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Forget what was learnt.", subcommands: [ClearGroups.self])

    func run() throws { throw ValidationError("name what to forget: lcroute clear groups") }
}

/// `lcroute clear groups`
struct ClearGroups: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "groups", abstract: "Forget all groups, or some; their listeners are asked again.")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var selection: GroupArguments

    func run() throws {
        let wanted = selection.parameters
        let all = wanted.groupAddress == nil && wanted.interface == nil
        _ = try options.call(
            .clearGroups,
            ClearSelection(interface: wanted.interface, groupAddress: wanted.groupAddress, all: all))
    }
}

/// `lcroute reload`
struct Reload: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the agent read its configuration again. Not available in this version: restart it.")
    @OptionGroup var options: GlobalOptions

    func run() throws { _ = try options.call(.reload) }
}
