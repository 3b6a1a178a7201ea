public import JSONText

/// What a receiver tells about itself.
public struct ReceiveReport: Equatable, Sendable, JSONWritable {
    public enum Event: String, Sendable, JSONWritable {
        /// Joined, nothing heard yet.
        case waiting
        /// An object was taken up: its size and name are known from here on.
        case manifest
        /// Once a second while an object is being received.
        case progress
        /// The file is whole, right, and at its path.
        case complete
        case failed
    }

    public var event: Event
    /// Where it listens.
    public var interface: String
    /// Of the object that is being received; nil while there is none.
    public var objectID: String?
    /// Octets of the whole file.
    public var size: UInt64?
    /// Symbols that are in, and that the object has.
    public var received: UInt64 = 0
    public var needed: UInt64 = 0
    /// Bits per second of the file since the last report; of the whole transfer when `complete`.
    public var rate: Double = 0
    /// Packets that failed a check.
    public var rejected: UInt64 = 0
    /// How often a whole file did not match its hash and was started again.
    public var mismatches: UInt64 = 0
    /// Since the start.
    public var seconds: Double = 0
    /// Why, where it has failed.
    public var error: String?

    /// 0…100.
    public var percent: Double { needed == 0 ? 0 : Double(received) * 100 / Double(needed) }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("event", event)
            json.member("interface", interface)
            json.member("object_id", objectID)
            json.member("size", size)
            json.member("received", received)
            json.member("needed", needed)
            json.member("percent", (percent * 10).rounded(.down) / 10)
            json.member("rate", rate.rounded())
            json.member("rejected", rejected)
            json.member("mismatches", mismatches)
            json.member("seconds", (seconds * 1_000).rounded() / 1_000)
            if let error { json.member("error", error) }
        }
    }
}
