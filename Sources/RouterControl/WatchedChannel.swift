import JSONText

/// A reply of `WatchChannel`: the channel's object with `sequence` and `send_interface` beside its members.
public struct WatchedChannel: Decodable, Equatable, Sendable, JSONWritable {
    public var channel: ChannelStatus
    /// One more with each reply of this watch.
    public var sequence: UInt64
    /// The interface to send on; nil where the agent has no sender's link.
    public var sendInterface: String?

    public init(channel: ChannelStatus, sequence: UInt64, sendInterface: String?) {
        self.channel = channel
        self.sequence = sequence
        self.sendInterface = sendInterface
    }

    enum CodingKeys: String, CodingKey {
        case sequence
        case sendInterface = "send_interface"
    }

    public init(from decoder: any Decoder) throws {
        channel = try ChannelStatus(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        sequence = try container.decode(UInt64.self, forKey: .sequence)
        sendInterface = try container.decodeIfPresent(String.self, forKey: .sendInterface)
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            channel.writeMembers(to: &json)
            json.member(CodingKeys.sequence, sequence)
            json.member(CodingKeys.sendInterface, sendInterface)
        }
    }
}
