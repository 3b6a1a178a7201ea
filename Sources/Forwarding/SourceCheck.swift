public import IPv6

/// Where unicast routing reaches a source, and so where its packets must come in (reverse path).
public enum SourceOrigin: Hashable, Sendable {
    /// It does not know the source, or reaches it over interfaces that are not in the table: anywhere.
    case unknown
    /// An address of this router itself: the co-located sender's link.
    case own
    /// On the link of these interfaces.
    case onLink(MIFSet)
    /// Behind a router on these interfaces; more than one where several paths are equally good.
    case routed(MIFSet)

    /// The same without an interface that has gone.
    func subtracting(_ mif: MIF) -> SourceOrigin {
        switch self {
        case .unknown, .own: self
        case .onLink(let set): set.subtracting(mif).isEmpty ? .unknown : .onLink(set.subtracting(mif))
        case .routed(let set): set.subtracting(mif).isEmpty ? .unknown : .routed(set.subtracting(mif))
        }
    }
}

/// What the source of a packet must be for the interface on which it arrives to become its flow's incoming one.
public enum SourceCheck: String, Hashable, Sendable, CaseIterable {
    /// Unicast routing reaches the source over this interface, or over none of the table.
    case strict
    /// It is neither an address of this router nor one of another interface's link.
    case own
    /// Any.
    case off

    func permits(_ origin: SourceOrigin, on mif: MIF, role: InterfaceRole?) -> Bool {
        switch (origin, self) {
        case (_, .off), (.unknown, _), (.routed, .own): true
        case (.own, _): role == .source
        case (.onLink(let set), _), (.routed(let set), .strict): set.contains(mif)
        }
    }
}
