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
        let found = try options.interface(interface)
        if options.json {
            Output.print(octets: JSONWriter.octets(of: InterfacesReply(interfaces: [found])))
        } else {
            Output.print(found.displayText)
        }
    }
}

/// `lcroute groups [GROUP] [--interface IF] [--all]`
struct Groups: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Groups with listeners; of one group also its sources and hosts.")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var selection: GroupArguments
    @OptionGroup var scopes: ScopeArguments

    func run() throws {
        let parameters = selection.parameters
        try options.show(.listGroups, parameters, as: GroupsReply.self) { reply in
            guard selection.group == nil else { return reply.detailText }
            return GroupsReply(groups: reply.groups.filter { scopes.include($0.groupAddress) }).displayText
        }
    }
}

/// Which group is meant.
struct GroupArgument: ParsableArguments {
    @Argument(help: "Only this multicast address.") var group: String?

    func validate() throws {
        guard let group else { return }
        guard IPv6Address(group)?.isMulticast == true else {
            throw ValidationError("\(group) is not a multicast IPv6 address, such as ff3e::8000:1")
        }
    }

    /// The address in the form that the agent uses.
    var address: String? { group.flatMap { IPv6Address($0) }?.description }
}

/// Which groups are meant.
struct GroupArguments: ParsableArguments {
    @OptionGroup var one: GroupArgument
    @Option(name: [.customShort("i"), .long], help: ArgumentHelp("Only on this interface.", valueName: "if"))
    var interface: String?

    var group: String? { one.address }
    var parameters: GroupSelection { GroupSelection(interface: interface, groupAddress: group) }
}

/// Whether tables show what no router forwards.
struct ScopeArguments: ParsableArguments {
    @Flag(help: "Show groups of link scope, too, which are never forwarded; JSON always has them.")
    var all = false

    func include(_ group: String) -> Bool {
        all || IPv6Address(group)?.multicastScope.map { $0 > .linkLocal } ?? true
    }
}

/// `lcroute listeners [GROUP] [--interface IF] [--all]`
struct Listeners: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Tracked hosts and what they listen to.")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var selection: GroupArguments
    @OptionGroup var scopes: ScopeArguments

    func run() throws {
        if let interface = selection.interface { _ = try options.interface(interface) }
        let hidesScopes = !options.json && selection.group == nil
        try options.show(.listListeners, as: ListenersReply.self, isFiltered: selection.parameters != GroupSelection())
        {
            $0.listeners.removeAll { listener in
                (selection.group.map { $0 != listener.groupAddress } ?? false)
                    || (selection.interface.map { $0 != listener.interface } ?? false)
                    || (hidesScopes && !scopes.include(listener.groupAddress))
            }
        }
    }
}

/// `lcroute routes [GROUP]`
struct Routes: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Multicast routes in the kernel.")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var selection: GroupArgument

    func run() throws {
        try options.show(.listRoutes, as: RoutesReply.self, isFiltered: selection.address != nil) { reply in
            guard let group = selection.address else { return }
            reply.routes.removeAll { $0.groupAddress != group }
        }
    }
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
