public import Timing

/// What a sender of a file sends next, and when: the schedule and the rate, without the sockets.
public struct CarouselSender: Sendable {
    public let object: CarouselObject
    private var schedule: CarouselSchedule
    private var bucket: TokenBucket
    /// Octets of an IPv6 packet with a whole symbol.
    private let packetLength: Int

    /// Packets sent.
    public private(set) var packets: UInt64 = 0
    /// Octets of whole IPv6 packets sent.
    public private(set) var octets: UInt64 = 0

    /// - Parameter random: decides where in the file to begin; another number for every sender.
    public init(_ object: CarouselObject, rate: BitRate, random: UInt64, at now: Instant) {
        self.object = object
        schedule = CarouselSchedule(count: object.symbolCount, random: random)
        bucket = TokenBucket(rate: rate, at: now)
        packetLength = CarouselPacket.overhead + CarouselPacket.headerLength + Int(object.symbolSize)
    }

    /// The symbols to send now, in a row and no more than `limit`; none before the deadline.
    public func upcoming(_ limit: Int, at now: Instant) -> Range<UInt64> {
        schedule.upcoming(min(limit, bucket.allowance(ofPackets: packetLength, at: now)))
    }

    /// Accounts for the first `count` of the symbols that `upcoming` gave.
    public mutating func sent(_ count: Int, at now: Instant) {
        var spent = 0
        for symbol in schedule.upcoming(count) {
            spent += CarouselPacket.overhead + CarouselPacket.headerLength + object.length(ofSymbol: symbol)
        }
        bucket.spend(spent, at: now)
        schedule.advance(by: count)
        packets += UInt64(count)
        octets += UInt64(spent)
    }

    /// When the next packet may go.
    public var nextDeadline: Instant { bucket.nextDeadline }

    /// Begins again after a pause, at the place in the file where it stopped, with no time to make up for.
    public mutating func resume(at now: Instant) { bucket.restart(at: now) }
}
