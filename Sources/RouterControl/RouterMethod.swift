import JSONText

/// The methods of `io.lcroute.Router`.
public enum RouterMethod: String, CaseIterable, Sendable {
    case getStatus = "GetStatus"
    case listInterfaces = "ListInterfaces"
    case listGroups = "ListGroups"
    case listListeners = "ListListeners"
    case listRoutes = "ListRoutes"
    case listChannels = "ListChannels"
    case getStatistics = "GetStatistics"
    case clearGroups = "ClearGroups"
    case reload = "Reload"
    case monitor = "Monitor"
    case watchChannel = "WatchChannel"

    /// With the interface, as Varlink calls it.
    public var qualifiedName: String { "\(RouterInterface.name).\(rawValue)" }

    /// The method of a qualified name; nil for any other.
    public init?(qualifiedName: String) {
        guard let method = Self.allCases.first(where: { $0.qualifiedName == qualifiedName }) else { return nil }
        self = method
    }

    /// Whether it changes anything, so that the caller needs to be root or of the configured group.
    public var changes: Bool { self == .clearGroups || self == .reload }
    /// Whether it answers a stream, and so must be called with `more`.
    public var streams: Bool { self == .monitor || self == .watchChannel }
}

/// The parameters of a method that has none.
public struct NoParameters: Decodable, Equatable, Sendable, JSONWritable {
    public init() {}
    public func write(to json: inout JSONWriter) { json.object { _ in } }
}

/// The parameters of `ListGroups` and `ClearGroups`; nil means all.
public struct GroupSelection: Decodable, Equatable, Sendable, JSONWritable {
    public var interface: String?
    public var groupAddress: String?

    public init(interface: String? = nil, groupAddress: String? = nil) {
        self.interface = interface
        self.groupAddress = groupAddress
    }

    enum CodingKeys: String, CodingKey {
        case interface
        case groupAddress = "group_address"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.memberIfPresent(CodingKeys.interface, interface)
            json.memberIfPresent(CodingKeys.groupAddress, groupAddress)
        }
    }
}

/// The parameters of `WatchChannel`.
public struct ChannelSelection: Decodable, Equatable, Sendable, JSONWritable {
    public var groupAddress: String
    /// nil for any source.
    public var sourceAddress: String?

    public init(groupAddress: String, sourceAddress: String? = nil) {
        self.groupAddress = groupAddress
        self.sourceAddress = sourceAddress
    }

    enum CodingKeys: String, CodingKey {
        case groupAddress = "group_address"
        case sourceAddress = "source_address"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(CodingKeys.groupAddress, groupAddress)
            json.memberIfPresent(CodingKeys.sourceAddress, sourceAddress)
        }
    }
}
