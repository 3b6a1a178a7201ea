import JSONText

/// The agent as a whole: the reply of `GetStatus`.
public struct RouterStatus: Decodable, Equatable, Sendable, JSONWritable {
    /// Of lcroute, such as `0.1.0`.
    public var version: String
    /// Seconds since the agent started.
    public var upTime: Double
    /// Path of the control socket.
    public var control: String
    public var capture: Capture
    /// Whether the agent owns the kernel's multicast forwarding and it is running.
    public var forwarding: Bool
    public var interfacesCount: Int
    public var groupsCount: Int
    public var hostsCount: Int
    public var routesCount: Int
    public var channelsCount: Int
    /// Channels in the states `sending` and `holding`.
    public var sendingCount: Int

    /// How reports are heard.
    public enum Capture: String, Decodable, Sendable, JSONWritable {
        case raw, pcap
    }

    public init(
        version: String, upTime: Double, control: String, capture: Capture, forwarding: Bool, interfacesCount: Int,
        groupsCount: Int, hostsCount: Int, routesCount: Int, channelsCount: Int, sendingCount: Int
    ) {
        self.version = version
        self.upTime = upTime
        self.control = control
        self.capture = capture
        self.forwarding = forwarding
        self.interfacesCount = interfacesCount
        self.groupsCount = groupsCount
        self.hostsCount = hostsCount
        self.routesCount = routesCount
        self.channelsCount = channelsCount
        self.sendingCount = sendingCount
    }

    enum CodingKeys: String, CodingKey {
        case version, control, capture, forwarding
        case upTime = "up_time"
        case interfacesCount = "interfaces_count"
        case groupsCount = "groups_count"
        case hostsCount = "hosts_count"
        case routesCount = "routes_count"
        case channelsCount = "channels_count"
        case sendingCount = "sending_count"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(CodingKeys.version, version)
            json.member(CodingKeys.upTime, seconds: upTime)
            json.member(CodingKeys.control, control)
            json.member(CodingKeys.capture, capture)
            json.member(CodingKeys.forwarding, forwarding)
            json.member(CodingKeys.interfacesCount, interfacesCount)
            json.member(CodingKeys.groupsCount, groupsCount)
            json.member(CodingKeys.hostsCount, hostsCount)
            json.member(CodingKeys.routesCount, routesCount)
            json.member(CodingKeys.channelsCount, channelsCount)
            json.member(CodingKeys.sendingCount, sendingCount)
        }
    }
}
