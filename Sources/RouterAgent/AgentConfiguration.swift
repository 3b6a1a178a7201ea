public import Channels
public import Forwarding
public import IPv6
public import MLD

/// Everything that a router agent is told at its start.
public struct AgentConfiguration: Sendable {
    public var interfaces: [Interface]
    /// Serve every other interface that can, now and when one appears, with these settings.
    public var serveAll: MLDConfiguration?
    public var channels: [ChannelConfiguration]
    /// The sender's link is made of `NAME0`, where senders send, and `NAME1`, which the agent forwards from; nil: none.
    public var senderLink: String?
    public var control: ControlSocket
    public var capture: Capture

    public struct Interface: Sendable {
        public var name: String
        public var role: Role
        public var mld: MLDConfiguration
        /// Forward onto this link although another router is its querier.
        public var forwardsAsNonQuerier: Bool
        /// Groups of this scope and of narrower ones do not pass the interface; nil: all do that are wider than the link.
        public var scopeBoundary: MulticastScope?
        /// `mld` is what is made for hosts that are not trusted; for display.
        public var isForStrangers: Bool
        /// Which sources packets that arrive there may have.
        public var sourceCheck: SourceCheck

        public init(
            name: String, role: Role, mld: MLDConfiguration = MLDConfiguration(), scopeBoundary: MulticastScope? = nil,
            forwardsAsNonQuerier: Bool = false, isForStrangers: Bool = false, sourceCheck: SourceCheck = .strict
        ) {
            self.name = name
            self.role = role
            self.mld = mld
            self.scopeBoundary = scopeBoundary
            self.forwardsAsNonQuerier = forwardsAsNonQuerier
            self.isForStrangers = isForStrangers
            self.sourceCheck = sourceCheck
        }
    }

    public enum Role: Sendable { case downstream, upstream }

    public struct ControlSocket: Sendable {
        public var path: String
        public var mode: UInt32
        /// Members may change things; nil: only root may.
        public var group: String?

        public init(path: String, mode: UInt32 = 0o660, group: String? = nil) {
            self.path = path
            self.mode = mode
            self.group = group
        }
    }

    /// How MLD messages are heard.
    public enum Capture: String, Sendable, CaseIterable {
        /// A raw ICMPv6 socket.
        case raw
        /// libpcap on every downstream interface: also hears what the kernel does not deliver.
        case pcap
    }

    public init(
        interfaces: [Interface], serveAll: MLDConfiguration? = nil, channels: [ChannelConfiguration] = [],
        senderLink: String? = "lcsrc", control: ControlSocket, capture: Capture = .raw
    ) {
        self.interfaces = interfaces
        self.serveAll = serveAll
        self.channels = channels
        self.senderLink = senderLink
        self.control = control
        self.capture = capture
    }

    /// How many interfaces there is room for beside the sender's link.
    public static func capacity(senderLink: String?) -> Int { 32 - (senderLink == nil ? 0 : 1) }
}
