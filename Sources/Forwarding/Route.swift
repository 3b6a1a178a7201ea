import IPv6
public import Timing

extension ForwardingTable {
    public struct Route: Equatable, Sendable {
        public var flow: Flow
        public var incoming: MIF
        public var outgoing: MIFSet
        public var since: Instant
    }

    struct Slot: Sendable {
        var route: Route
        /// As routing had it when last asked.
        var origin: SourceOrigin
        /// Its packets have been seen only where they cannot come in: the incoming interface is where they should.
        var isAssumed: Bool
        var arrived: UInt64 = 0  // when last looked at
        /// Where its packets have been seen instead.
        var elsewhere: MIF?
        /// When to look at it, and when its entry of the queue comes up: once per slot, however often it changes hands.
        var checkAt: Instant
        var queuedAt = Instant.distantFuture
        var next: Int32 = -1  // of the same group
        var previous: Int32 = -1
        var isUsed = true
    }

    struct Check: Sendable {
        var slot: Int32
        var at: Instant
    }
}
