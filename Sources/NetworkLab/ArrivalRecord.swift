import Timing

/// What came of one stream: how much, when, with what holes.
public struct ArrivalRecord: Equatable, Sendable {
    /// Packets.
    public private(set) var count = 0
    /// Octets of payload (listeners) or of whole IPv6 packets (sniffers).
    public private(set) var octets = 0
    /// Kernel receive times.
    public private(set) var first: Instant?
    public private(set) var last: Instant?
    /// The longest time between two packets.
    public private(set) var longestGap: Duration = .zero
    /// When that gap began.
    public private(set) var longestGapStart: Instant?
    /// Numbers of a `LabStream` that were passed over.
    public private(set) var missing: UInt64 = 0
    /// Numbers that came a second time or late.
    public private(set) var repeated: UInt64 = 0
    private var expected: UInt64?

    public init() {}

    mutating func add(octets: Int, at time: Instant, sequence: UInt64? = nil) {
        count += 1
        self.octets += octets
        if let last, time - last > longestGap {
            longestGap = time - last
            longestGapStart = last
        }
        if first == nil { first = time }
        last = time
        guard let sequence else { return }
        if let expected {
            if sequence >= expected { missing += sequence - expected } else { repeated += 1 }
        }
        expected = max(expected ?? 0, sequence &+ 1)
    }
}
