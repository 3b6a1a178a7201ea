import ArgumentParser
import IPv6
import JSONText
import RouterControl
import RouterDisplay

/// `lcroute status`
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The agent as a whole.")
    @OptionGroup var options: GlobalOptions

    func run() throws { try options.show(.getStatus, as: RouterStatus.self) }
}

/// `lcroute interfaces [IF]`
struct Interfaces: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Interfaces and their queriers.")
    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("Only this one, with its settings.", valueName: "if")) var interface: String?

    func run() throws {
        guard let interface else { return try options.show(.listInterfaces, as: InterfacesReply.self) }
        let reply = try options.call(.listInterfaces).decode(InterfacesReply.self)
        guard let found = reply.interfaces.first(where: { $0.interface == interface }) else {
            let names = reply.interfaces.map(\.interface).joined(separator: ", ")
            throw Failure(
                code: 1, "\(interface): the agent serves no such interface; it serves \(names.isEmpty ? "none" : names)"
            )
        }
        if options.json {
            Output.print(octets: JSONWriter.octets(of: InterfacesReply(interfaces: [found])))
        } else {
            Output.print(found.displayText)
        }
    }
}

/// `lcroute groups [GROUP] [--interface IF]`
struct Groups: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Groups with listeners; of one group also its sources and hosts.")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var selection: GroupArguments

    func run() throws {
        let parameters = selection.parameters
        try options.show(.listGroups, parameters, as: GroupsReply.self) {
            parameters.groupAddress == nil ? $0.displayText : $0.detailText
        }
    }
}

/// Which groups are meant.
struct GroupArguments: ParsableArguments {
    @Argument(help: "Only this multicast address.") var group: String?
    @Option(help: ArgumentHelp("Only on this interface.", valueName: "if")) var interface: String?

    func validate() throws {
        guard let group else { return }
        guard IPv6Address(group)?.isMulticast == true else {
            throw ValidationError("\(group) is not a multicast IPv6 address, such as ff3e::8000:1")
        }
    }

    /// The address in the form that the agent uses.
    var parameters: GroupSelection {
        GroupSelection(interface: interface, groupAddress: group.flatMap { IPv6Address($0) }?.description)
    }
}

/// `lcroute listeners`
struct Listeners: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Tracked hosts and what they listen to.")
    @OptionGroup var options: GlobalOptions

    func run() throws { try options.show(.listListeners, as: ListenersReply.self) }
}

/// `lcroute routes`
struct Routes: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Multicast routes in the kernel.")
    @OptionGroup var options: GlobalOptions

    func run() throws { try options.show(.listRoutes, as: RoutesReply.self) }
}

/// `lcroute channels`
struct Channels: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Channels of co-located senders.")
    @OptionGroup var options: GlobalOptions

    func run() throws { try options.show(.listChannels, as: ChannelsReply.self) }
}

/// `lcroute statistics`
struct Statistics: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Messages and errors by interface.")
    @OptionGroup var options: GlobalOptions

    func run() throws { try options.show(.getStatistics, as: StatisticsReply.self) }
}
