public import JSONText

/// An event as text. It is written once for all subscribers, who only number it differently, and share its octets.
public struct RouterEventText: Sendable {
    private let members: [UInt8]

    public init(_ event: RouterEvent) {
        var json = JSONWriter(reservingCapacity: 256)
        event.writeUnnumbered(to: &json)
        members = json.octets
    }

    /// What one of the subscribers is told: the event, as if it had this `sequence`.
    public func numbered(_ sequence: UInt64) -> some JSONWritable {
        NumberedEvent(sequence: sequence, members: members)
    }
}

private struct NumberedEvent: JSONWritable {
    let sequence: UInt64
    let members: [UInt8]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(RouterEvent.CodingKeys.sequence, sequence)
            json.raw(members)
        }
    }
}
