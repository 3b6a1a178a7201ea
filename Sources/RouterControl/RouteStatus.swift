import JSONText

/// A multicast route in the kernel.
public struct RouteStatus: Decodable, Equatable, Sendable, JSONWritable {
    /// `::` for a (*,G) route.
    public var sourceAddress: String
    public var groupAddress: String
    public var incomingInterface: String
    public var outgoingInterfaces: [String]
    public var state: State
    /// All that the kernel has counted, `wrongInterface` included. A packet that arrived merged with others (GRO, GSO) counts
    /// once with them.
    public var packets: UInt64
    /// Of all these packets, headers included.
    public var bytes: UInt64
    /// Packets that arrived on another interface than the incoming one.
    public var wrongInterface: UInt64
    /// Seconds since the route was installed.
    public var upTime: Double

    /// Packets that arrived on the incoming interface.
    public var arrivedPackets: UInt64 { packets >= wrongInterface ? packets - wrongInterface : 0 }

    public enum State: String, Decodable, Sendable, JSONWritable {
        case forward
        /// No outgoing interface: nobody listens, the kernel drops the packets by itself.
        case drop
    }

    public init(
        sourceAddress: String, groupAddress: String, incomingInterface: String, outgoingInterfaces: [String],
        state: State, packets: UInt64, bytes: UInt64, wrongInterface: UInt64, upTime: Double
    ) {
        self.sourceAddress = sourceAddress
        self.groupAddress = groupAddress
        self.incomingInterface = incomingInterface
        self.outgoingInterfaces = outgoingInterfaces
        self.state = state
        self.packets = packets
        self.bytes = bytes
        self.wrongInterface = wrongInterface
        self.upTime = upTime
    }

    enum CodingKeys: String, CodingKey {
        case state, packets, bytes
        case sourceAddress = "source_address"
        case groupAddress = "group_address"
        case incomingInterface = "incoming_interface"
        case outgoingInterfaces = "outgoing_interfaces"
        case wrongInterface = "wrong_interface"
        case upTime = "up_time"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(CodingKeys.sourceAddress, sourceAddress)
            json.member(CodingKeys.groupAddress, groupAddress)
            json.member(CodingKeys.incomingInterface, incomingInterface)
            json.member(CodingKeys.outgoingInterfaces, outgoingInterfaces)
            json.member(CodingKeys.state, state)
            json.member(CodingKeys.packets, packets)
            json.member(CodingKeys.bytes, bytes)
            json.member(CodingKeys.wrongInterface, wrongInterface)
            json.member(CodingKeys.upTime, seconds: upTime)
        }
    }
}

/// The reply of `ListRoutes`.
public struct RoutesReply: Decodable, Equatable, Sendable, JSONWritable {
    public var routes: [RouteStatus]
    public init(routes: [RouteStatus]) { self.routes = routes }

    public func write(to json: inout JSONWriter) {
        json.object { $0.member("routes", routes) }
    }
}
