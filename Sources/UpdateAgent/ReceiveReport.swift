public import JSONText

/// What a receiver tells about itself.
public struct ReceiveReport: Equatable, Sendable, JSONWritable {
    public enum Event: String, Sendable, JSONWritable {
        /// Joined, no manifest heard that could be followed.
        case waiting
        /// An update was taken up: its size and name are known from here on.
        case manifest
        /// Once a second while an update is being received.
        case progress
        /// The file is whole, verified, and at its path.
        case complete
        case failed
    }

    public var event: Event
    /// Where it listens, or will; nil while none was named and none of this host will do.
    public var interface: String?
    /// Of the update that is being received; nil while there is none.
    public var objectID: String?
    public var sequence: UInt64?
    /// Octets of the whole file.
    public var size: UInt64?
    /// What its file is called, if the manifest says; not part of the JSON.
    public var fileName: String?
    /// Symbols that are in, as far as they are needed, and how many the update needs.
    public var received = 0
    public var needed = 0
    /// Bits per second of symbols taken since the last report; of the whole transfer when `complete`.
    public var rate: Double = 0
    /// Share of the packets lost on the way, 0…1, as far as it can be told.
    public var loss: Double = 0
    /// Packets that failed a check.
    public var rejected: UInt64 = 0
    /// Since the start.
    public var seconds: Double = 0
    /// From the manifest to the whole file, when `complete` and if it was not there already; not part of the JSON.
    public var transfer: Duration?
    /// Why, where it has failed.
    public var error: String?

    /// 0…100.
    public var percent: Double {
        if event == .complete { return 100 }
        return needed == 0 ? 0 : Double(received) * 100 / Double(needed)
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("event", event)
            json.member("interface", interface)
            json.member("object_id", objectID)
            json.member("sequence", sequence)
            json.member("size", size)
            json.member("received", received)
            json.member("needed", needed)
            json.member("percent", (percent * 10).rounded(.down) / 10)
            json.member("rate", rate.rounded())
            json.member("loss", (loss * 10_000).rounded() / 10_000)
            json.member("rejected", rejected)
            json.member("seconds", (seconds * 1_000).rounded() / 1_000)
            if let error { json.member("error", error) }
        }
    }
}
