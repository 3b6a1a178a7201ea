import IPv6
import LinuxNetwork

/// Why a link of the agent is not served. Each change of it is logged, and `interfaces` shows it.
enum OutOfService: Equatable {
    case absent
    case down
    case noCarrier
    case notMulticast
    case bridgePort
    case tableFull
    /// The kernel did not take it as a multicast interface.
    case refused(String)
    /// Queries need a link-local address.
    case noAddress(mtu: Int)
    /// Reports cannot be heard.
    case deaf(String)

    /// What keeps an interface that is there from being a multicast interface; nil: nothing.
    init?(_ seen: Link) {
        if !seen.isUp {
            self = .down
        } else if !seen.isRunning {
            self = .noCarrier
        } else if !seen.isMulticastCapable {
            self = .notMulticast
        } else if seen.isBridgePort {
            self = .bridgePort
        } else {
            return nil
        }
    }

    /// For people: what is so, and where it helps what can be done about the interface.
    func text(_ interface: String) -> String {
        switch self {
        case .absent: "there is no such interface"
        case .down: "down (ip link set \(interface) up)"
        case .noCarrier: "no carrier"
        case .notMulticast: "no multicast flag (ip link set \(interface) multicast on)"
        case .bridgePort: "a bridge port cannot be routed from: name the bridge itself"
        case .tableFull: "the kernel's table holds \(MIF.count) interfaces"
        case .refused(let error): "the kernel did not take it: \(error)"
        case .noAddress(let mtu): "no link-local address" + (mtu < 1280 ? ": IPv6 needs an MTU of 1280" : "")
        case .deaf(let error): "reports cannot be heard: \(error)"
        }
    }

    /// Whether it is the machine that fails, not the link that is so.
    var isFailure: Bool {
        switch self {
        case .tableFull, .refused, .deaf: true
        default: false
        }
    }
}
