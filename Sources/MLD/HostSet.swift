import IPv6
import Timing

/// The tracked hosts of one group.
///
/// Most groups have one: it lies in the record itself. A few are searched in turn, many through a dictionary, so that a
/// report costs the same whether ten thousand hosts or two share the group.
struct HostSet: Sendable {
    private var first: Membership?
    private var others: [Membership] = []
    /// Host number to position in `others`, once there are many.
    private var positions: [Int32: Int32]?
    /// Hosts in EXCLUDE mode.
    private(set) var excludeCount: Int32 = 0
    /// Those of them that exclude nothing: they want every source.
    private(set) var openCount: Int32 = 0

    private static let searchedInTurn = 8

    var count: Int { others.count + (first == nil ? 0 : 1) }
    var isEmpty: Bool { first == nil }

    /// Where the membership of a host is; valid until the next insertion or removal.
    func position(of host: Int32) -> Int? {
        if let first, first.host == host { return 0 }
        if let positions { return positions[host].map { Int($0) + 1 } }
        return others.firstIndex { $0.host == host }.map { $0 + 1 }
    }

    /// The membership at a position below `count`.
    subscript(position: Int) -> Membership? {
        position == 0 ? first : position <= others.count ? others[position - 1] : nil
    }

    func membership(of host: Int32) -> Membership? { position(of: host).flatMap { self[$0] } }

    mutating func extend(at position: Int, until expires: Instant) {
        if position == 0 { first?.expires = expires } else { others[position - 1].expires = expires }
    }

    mutating func name(_ list: MLDReportView.Sources, in octets: RawSpan, at position: Int) {
        if position == 0 { first?.name(list, in: octets) } else { others[position - 1].name(list, in: octets) }
    }

    mutating func insert(_ membership: Membership) {
        count(membership, by: 1)
        if first == nil {
            first = membership
            return
        }
        positions?[membership.host] = Int32(others.count)
        others.append(membership)
        if positions == nil && others.count > Self.searchedInTurn {
            var table: [Int32: Int32] = [:]
            for (position, other) in others.enumerated() { table[other.host] = Int32(position) }
            positions = table
        }
    }

    mutating func replace(at position: Int, with membership: Membership) {
        if let old = self[position] { count(old, by: -1) }
        count(membership, by: 1)
        if position == 0 { first = membership } else { others[position - 1] = membership }
    }

    /// Takes a membership out; the last one moves into its position.
    mutating func remove(at position: Int) {
        guard let removed = self[position] else { return }
        count(removed, by: -1)
        guard let last = others.popLast() else {
            first = nil
            return
        }
        positions?[last.host] = nil
        if position == 0 {
            first = last
            return
        }
        positions?[removed.host] = nil
        if position - 1 < others.count {
            others[position - 1] = last
            positions?[last.host] = Int32(position - 1)
        }
        if others.isEmpty { positions = nil }
    }

    private mutating func count(_ membership: Membership, by step: Int32) {
        guard membership.mode == .exclude else { return }
        excludeCount += step
        if membership.sources.isEmpty { openCount += step }
    }
}
