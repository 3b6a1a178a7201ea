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
    /// Whether it has parameters at all.
    public var hasParameters: Bool { self == .listGroups || self == .clearGroups || self == .watchChannel }
    /// Whether it answers a stream, and so must be called with `more`.
    public var streams: Bool { self == .monitor || self == .watchChannel }
}

/// The parameters of a method that has none.
public struct NoParameters: Decodable, Equatable, Sendable, JSONWritable {
    public init() {}

    public init(from decoder: any Decoder) throws {
        try refuseUnknown(decoder, known: [])
    }

    public func write(to json: inout JSONWriter) { json.object { _ in } }
}

/// The parameters of `ListGroups`; nil means all.
public struct GroupSelection: Decodable, Equatable, Sendable, JSONWritable {
    public var interface: String?
    public var groupAddress: String?

    public init(interface: String? = nil, groupAddress: String? = nil) {
        self.interface = interface
        self.groupAddress = groupAddress
    }

    public init(from decoder: any Decoder) throws {
        try refuseUnknown(decoder, known: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        interface = try container.decodeIfPresent(String.self, forKey: .interface)
        groupAddress = try container.decodeIfPresent(String.self, forKey: .groupAddress)
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
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

/// The parameters of `ClearGroups`: some groups by interface, address or both, or expressly all.
///
/// Nothing at all is refused: a client whose library drops what it does not know must not clear every group.
public struct ClearSelection: Decodable, Equatable, Sendable, JSONWritable {
    public var interface: String?
    public var groupAddress: String?
    public var all: Bool

    public init(interface: String? = nil, groupAddress: String? = nil, all: Bool = false) {
        self.interface = interface
        self.groupAddress = groupAddress
        self.all = all
    }

    public init(from decoder: any Decoder) throws {
        try refuseUnknown(decoder, known: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        interface = try container.decodeIfPresent(String.self, forKey: .interface)
        groupAddress = try container.decodeIfPresent(String.self, forKey: .groupAddress)
        all = try container.decodeIfPresent(Bool.self, forKey: .all) ?? false
        guard all == (interface == nil && groupAddress == nil) else {
            throw DecodingError.dataCorruptedError(
                forKey: .all, in: container, debugDescription: "either a selection or all: true")
        }
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case interface, all
        case groupAddress = "group_address"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.memberIfPresent(CodingKeys.interface, interface)
            json.memberIfPresent(CodingKeys.groupAddress, groupAddress)
            if all { json.member(CodingKeys.all, true) }
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

    public init(from decoder: any Decoder) throws {
        try refuseUnknown(decoder, known: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        groupAddress = try container.decode(String.self, forKey: .groupAddress)
        sourceAddress = try container.decodeIfPresent(String.self, forKey: .sourceAddress)
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
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

/// Refuses parameters that the method does not have: a misspelt `group_address` must not clear every group.
private func refuseUnknown(_ decoder: any Decoder, known: [any CodingKey]) throws {
    let names = known.map(\.stringValue)
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !names.contains(key.stringValue) {
        throw DecodingError.dataCorrupted(
            DecodingError.Context(codingPath: [key], debugDescription: "no such parameter"))
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
