import Forwarding
import IPv6
import LinuxNetwork
import MLD
import RouterControl

/// One interface that the agent serves or waits for: its kernel side and its instance of the protocol.
///
/// Confined to the agent's actor.
final class RouterLink {
    let name: String
    let role: InterfaceStatus.Role
    let settings: MLDConfiguration
    let forwardsAsNonQuerier: Bool
    /// The widest scope whose zone ends here.
    let scopeBoundary: MulticastScope?
    let sourceCheck: SourceCheck
    /// Served because of `--all`, not by its name: it is forgotten when it goes.
    let isAdopted: Bool

    /// 0 while the interface does not exist.
    var index: Int32 = 0
    var isUp = false
    var mtu = 1500
    /// Link-local and usable (not tentative).
    var address: IPv6Address?
    var mif: MIF?
    /// Runs on a downstream link that is up and has a link-local address.
    var mld: MLDRouter?
    var capture: LinkCapture?
    /// Of a bridge.
    var snooping: MulticastSnooping?
    /// How often the kernel told of packets that were refused because of their source.
    var sourcesRefused: UInt64 = 0
    /// Who was querier when that was last followed; nil before.
    var wasQuerier: Bool?
    /// Why it is not served, as was logged last; nil while it is.
    var outOfService: OutOfService?
    /// Whether it has been looked at, so that `outOfService` holds.
    var isKnown = false

    init(
        name: String, role: InterfaceStatus.Role, settings: MLDConfiguration, scopeBoundary: MulticastScope? = nil,
        forwardsAsNonQuerier: Bool = false, sourceCheck: SourceCheck = .strict, isAdopted: Bool = false
    ) {
        self.isAdopted = isAdopted
        self.name = name
        self.role = role
        self.settings = settings
        self.scopeBoundary = scopeBoundary
        self.forwardsAsNonQuerier = forwardsAsNonQuerier
        self.sourceCheck = sourceCheck
    }

    /// Only the querier of a link forwards onto it (RFC 4605 §4), so that two routers on one LAN never duplicate.
    var forwardsOnto: Bool {
        // Not bound to a name: that would copy the whole instance, on the way of every report.
        guard role == .downstream, let isQuerier = mld?.querier.isSelf else { return false }
        return forwardsAsNonQuerier || isQuerier
    }

    /// Who is querier of the link; nil where nobody is asked, as nobody can be.
    var querier: MLDQuerier? { outOfService == nil ? mld?.querier : nil }

    func wants(source: IPv6Address, group: IPv6Address) -> Bool {
        forwardsOnto && (mld?.forwards(source: source, group: group) ?? false)
    }

    /// Whether a sender to the group would be heard here. nil: from any source.
    func wants(group: IPv6Address, source: IPv6Address?) -> Bool {
        if let scopeBoundary, let scope = group.multicastScope, scope <= scopeBoundary { return false }
        guard let source else { return forwardsOnto && (mld?.isWanted(group: group) ?? false) }
        return wants(source: source, group: group)
    }
}

/// A libpcap handle, which a class can hold optionally.
final class LinkCapture {
    var handle: MLDCapture
    init(_ handle: consuming MLDCapture) { self.handle = handle }
}
