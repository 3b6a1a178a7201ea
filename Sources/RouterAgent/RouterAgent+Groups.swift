import IPv6
import JSONText
import LinuxSystem
import MLD
import RouterControl
import Timing
import Varlink

/// Lists of groups, which may be a hundred thousand: they are written a slice at a time, with reports, upcalls and timers
/// handled in between, so that nobody who asks holds up the router.
extension RouterAgent {
    /// Groups written between two turns of the loop: about a millisecond.
    private static let sliceLength = 256

    /// Answers with one list, sorted by interface, then group address: what `write` makes of each group. A group that
    /// goes meanwhile is left out, one that comes may be.
    func reply(
        to call: VarlinkCall, with member: String, on links: [RouterLink], group: IPv6Address?,
        write: @escaping (GroupListing, _ interface: String, _ now: Instant, inout JSONListText) -> Void
    ) {
        let wanted = links.sorted { $0.name < $1.name }.map { link in
            (link.name, group.map { [$0] } ?? link.mld?.groups ?? [])
        }
        Task {
            var list = JSONListText(member: member)
            var written = 0
            for (name, groups) in wanted {
                for group in groups {
                    if let listing = self.link(named: name)?.mld?.group(group) { write(listing, name, .now, &list) }
                    written += 1
                    guard written.isMultiple(of: Self.sliceLength) else { continue }
                    await Task.yield()
                    guard call.isOpen else { return }
                }
            }
            call.reply(list)
        }
    }

    /// The groups of all links at one moment, for the snapshot that events follow.
    func groupStatuses() -> [GroupStatus] {
        let now = Instant.now
        return links.sorted { $0.name < $1.name }.flatMap { link in
            (link.mld?.groups ?? []).compactMap { group in
                link.mld?.group(group).map { GroupStatus($0, interface: link.name, at: now) }
            }
        }
    }

    func link(named name: String) -> RouterLink? { links.first { $0.name == name } }
}
