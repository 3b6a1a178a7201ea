public import JSONText
import LinuxNetwork
import UpdateTrust

/// What a sender tells about itself: when it begins and stops, once a second while it sends, and when asked to.
public struct SendReport: Equatable, Sendable, JSONWritable {
    public enum Event: String, Sendable, JSONWritable {
        case idle, sending, statistics, stopped
    }

    public var event: Event
    /// Packets since the start.
    public var packets: UInt64
    /// Octets of whole IPv6 packets since the start.
    public var bytes: UInt64
    /// Bits per second of whole IPv6 packets since the last report.
    public var rate: Double
    /// Symbols of the object since the start; what else the packets carried is manifests, hashes and announcements.
    public var sourceSymbols: UInt64
    public var repairSymbols: UInt64
    /// Where it sends through; nil before it has sent.
    public var interface: String?
    public var sourceAddress: String?
    public var objectID: String

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("event", event)
            json.member("object_id", objectID)
            if let interface { json.member("interface", interface) }
            if let sourceAddress { json.member("source_address", sourceAddress) }
            json.member("packets", packets)
            json.member("bytes", bytes)
            json.member("rate", rate.rounded())
            json.member("source_symbols", sourceSymbols)
            json.member("repair_symbols", repairSymbols)
        }
    }
}

extension SendReport {
    init(
        _ event: Event, _ sent: SendStatistics, rate: Double, through socket: UDPMulticastSender?, object: UpdateID
    ) {
        self.init(
            event: event, packets: sent.packets, bytes: sent.octets, rate: rate, sourceSymbols: sent.sourceSymbols,
            repairSymbols: sent.repairSymbols, interface: socket?.interface, sourceAddress: socket?.source.description,
            objectID: object.description)
    }
}
