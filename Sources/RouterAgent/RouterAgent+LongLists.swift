import Forwarding
import IPv6
import JSONText
import LinuxSystem
import MLD
import MembershipObjects
import RouterControl
import Timing
import Varlink

/// Lists that may be a hundred thousand long: they are written a slice at a time, with reports, upcalls and timers handled
/// in between, so that nobody who asks holds up the router. What goes meanwhile is left out, what comes may be.
extension RouterAgent {
    /// Elements written between two turns of the loop: about a millisecond.
    private static let sliceLength = 256

    /// Answers with an object of one list; nil: the client has gone.
    func answer(_ call: VarlinkCall, _ member: String, _ list: JSONListText?) {
        if let list { call.reply(ListReply(member: member, list: list)) }
    }

    /// The groups of some links, by interface, then address.
    func groupList(for call: VarlinkCall, on links: [RouterLink], group: IPv6Address?) async -> JSONListText? {
        await list(for: call, on: links, group: group) { listing, interface, now, list in
            list.append(GroupStatus(listing, interface: interface, at: now))
        }
    }

    /// The hosts behind all groups.
    func listenerList(for call: VarlinkCall) async -> JSONListText? {
        await list(for: call, on: links, group: nil) { listing, interface, now, list in
            for host in listing.hosts {
                list.append(ListenerStatus(host, group: listing.group, interface: interface, at: now))
            }
        }
    }

    /// nil if the client has gone.
    private func list(
        for call: VarlinkCall, on links: [RouterLink], group: IPv6Address?,
        write: (GroupListing, _ interface: String, _ now: Instant, inout JSONListText) -> Void
    ) async -> JSONListText? {
        let wanted = links.sorted { $0.name < $1.name }.map { link in
            (link.name, group.map { [$0] } ?? link.mld?.groups ?? [])
        }
        var list = JSONListText()
        var written = 0
        for (name, groups) in wanted {
            for group in groups {
                if let listing = link(named: name)?.mld?.group(group) { write(listing, name, .now, &list) }
                written += 1
                guard written.isMultiple(of: Self.sliceLength) else { continue }
                await Task.yield()
                guard call.isOpen else { return nil }
            }
        }
        return list
    }

    /// All routes, by group, then source; nil if the client has gone.
    func routeList(for call: VarlinkCall) async -> JSONListText? {
        var flows: [Flow] = []
        forwarding.forEachRoute { flows.append($0.flow) }
        flows.sort { ($0.group, $0.source) < ($1.group, $1.source) }
        var list = JSONListText()
        for (number, flow) in flows.enumerated() {
            if let route = forwarding[flow] { list.append(status(of: route, at: .now)) }
            guard (number + 1).isMultiple(of: Self.sliceLength) else { continue }
            await Task.yield()
            guard call.isOpen else { return nil }
        }
        return list
    }

    func link(named name: String) -> RouterLink? { links.first { $0.name == name } }
}

/// An object of one list.
private struct ListReply: JSONWritable {
    let member: String
    let list: JSONListText
    func write(to json: inout JSONWriter) { json.object { $0.member(member, list) } }
}
