import LinuxNetwork
import LinuxSystem

/// Why an interface brings no packets of a group, in words for the operator.
enum InterfaceTrouble: Equatable {
    /// None was named, and none of this host will do.
    case noInterface
    case missing(String)
    case bridgePort(String, bridge: String)
    /// IPv6 needs 1,280 octets (RFC 8200 §5); below that Linux takes it off the interface.
    case smallMTU(String, Int)
    case down(String)
    case noCarrier(String)
    case noMulticast(String)
    case ipv6Disabled(String)
    /// Routers ignore reports that do not come from a link-local address (RFC 9777 §5.2.13).
    case noLinkLocalAddress(String)
    case notJoined(String, SystemError)

    /// The first thing that is wrong with an interface; nil if nothing is.
    init?(of link: Link, isIPv6Disabled: Bool) {
        let name = link.name
        if let bridge = link.bridge {
            self = .bridgePort(name, bridge: bridge)
        } else if link.mtu < Self.smallestMTU {
            self = .smallMTU(name, link.mtu)
        } else if !link.isUp {
            self = .down(name)
        } else if isIPv6Disabled {
            self = .ipv6Disabled(name)
        } else if !link.isRunning {
            self = .noCarrier(name)
        } else if link.isLoopback {
            return nil
        } else if !link.isMulticastCapable {
            self = .noMulticast(name)
        } else if link.linkLocalAddress == nil {
            self = .noLinkLocalAddress(name)
        } else {
            return nil
        }
    }

    private static let smallestMTU = 1_280

    /// Whether there is no point in being a member: the kernel has dropped the membership or will not bring packets, so it is to be
    /// joined anew when this is over.
    var excludesMembership: Bool {
        switch self {
        case .noInterface, .missing, .bridgePort, .smallMTU, .notJoined: true
        case .down, .noCarrier, .noMulticast, .ipv6Disabled, .noLinkLocalAddress: false
        }
    }

    /// Whether it may well be over in a second, such as while an address is being checked for duplicates.
    var isPassing: Bool {
        if case .noLinkLocalAddress = self { true } else { false }
    }

    /// `lan0, which is down`
    var subject: String {
        switch self {
        case .noInterface: "an interface that is up and can receive multicast"
        case .missing(let name): "\(name), which does not exist"
        case .bridgePort(let name, _): "\(name), which is \(state)"
        case .smallMTU(let name, let mtu): "\(name), whose MTU of \(mtu) is too small for IPv6"
        case .down(let name): "\(name), which is down"
        case .noCarrier(let name): "\(name), which has no carrier"
        case .noMulticast(let name): "\(name), which is without multicast"
        case .ipv6Disabled(let name): "\(name), where IPv6 is disabled"
        case .noLinkLocalAddress(let name): "\(name), which has no link-local address"
        case .notJoined(let name, let error): "\(name), where this failed: \(error)"
        }
    }

    /// How the interface is, in words that do not need its name.
    var state: String {
        switch self {
        case .bridgePort(_, let bridge): "a port of the bridge \(bridge)"
        case .smallMTU: "without IPv6, as its MTU was too small"
        default: "unusable"
        }
    }

    /// What to do about it.
    var advice: String {
        switch self {
        case .noInterface: "name one with --interface"
        case .missing: "name an interface of this host with --interface"
        case .bridgePort(_, let bridge): "name \(bridge) with --interface"
        case .smallMTU(let name, _): "ip link set \(name) mtu \(Self.smallestMTU), or more"
        case .down(let name): "ip link set \(name) up"
        case .noCarrier: "see to its cable, or to what is at the other end"
        case .noMulticast(let name): "ip link set \(name) multicast on"
        case .ipv6Disabled(let name):
            "sysctl net.ipv6.conf.\(name.replacing(".", with: "/")).disable_ipv6=0"
        case .noLinkLocalAddress(let name): "see ip -6 address show \(name)"
        case .notJoined: "it is tried again"
        }
    }
}
