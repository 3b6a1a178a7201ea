import JSONText

/// The errors of `io.lcroute.Router`; written as JSON, the error's parameters.
public enum RouterError: Error, Equatable, Sendable, JSONWritable {
    case notPermitted
    case noSuchInterface(String)
    case noSuchGroup(String)
    case invalidAddress(String)
    case subscriberTooSlow
    /// With what is wrong and where.
    case reloadFailed(String)
    /// Answered to a client that was not let in.
    case tooManyConnections

    /// With the interface, as Varlink answers it.
    public var qualifiedName: String {
        let name =
            switch self {
            case .notPermitted: "NotPermitted"
            case .noSuchInterface: "NoSuchInterface"
            case .noSuchGroup: "NoSuchGroup"
            case .invalidAddress: "InvalidAddress"
            case .subscriberTooSlow: "SubscriberTooSlow"
            case .reloadFailed: "ReloadFailed"
            case .tooManyConnections: "TooManyConnections"
            }
        return "\(RouterInterface.name).\(name)"
    }

    /// The parameters of any of the errors, as a client reads them.
    public struct Parameters: Decodable, Equatable, Sendable {
        public var interface: String?
        public var groupAddress: String?
        public var address: String?
        public var message: String?

        enum CodingKeys: String, CodingKey {
            case interface, address, message
            case groupAddress = "group_address"
        }

        public init() {}
    }

    /// What a client has received; nil if the name is none of this interface.
    public init?(qualifiedName: String, parameters: Parameters) {
        let prefix = "\(RouterInterface.name)."
        guard qualifiedName.hasPrefix(prefix) else { return nil }
        switch qualifiedName.dropFirst(prefix.count) {
        case "NotPermitted": self = .notPermitted
        case "NoSuchInterface": self = .noSuchInterface(parameters.interface ?? "")
        case "NoSuchGroup": self = .noSuchGroup(parameters.groupAddress ?? "")
        case "InvalidAddress": self = .invalidAddress(parameters.address ?? "")
        case "SubscriberTooSlow": self = .subscriberTooSlow
        case "ReloadFailed": self = .reloadFailed(parameters.message ?? "")
        case "TooManyConnections": self = .tooManyConnections
        default: return nil
        }
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .notPermitted, .subscriberTooSlow, .tooManyConnections: break
            case .noSuchInterface(let interface): json.member(Parameters.CodingKeys.interface, interface)
            case .noSuchGroup(let group): json.member(Parameters.CodingKeys.groupAddress, group)
            case .invalidAddress(let address): json.member(Parameters.CodingKeys.address, address)
            case .reloadFailed(let message): json.member(Parameters.CodingKeys.message, message)
            }
        }
    }
}
