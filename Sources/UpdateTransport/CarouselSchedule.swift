/// The order in which a sender takes symbols: round and round, from a place of its own.
///
/// Each sender begins somewhere else, so that several of them bring a receiver different symbols first and add up.
public struct CarouselSchedule: Sendable {
    /// How many symbols one round has, at least 1.
    public let count: UInt64
    /// The next symbol.
    public private(set) var position: UInt64

    /// - Parameter random: any number, uniformly distributed; it decides where the first round begins.
    public init(count: UInt64, random: UInt64) {
        self.count = max(count, 1)
        position = random % self.count
    }

    /// Up to `limit` symbols in a row, never across the end of the file.
    public func upcoming(_ limit: Int) -> Range<UInt64> {
        position..<position + min(UInt64(max(limit, 0)), count - position)
    }

    /// Moves on by symbols that have been sent, no more than `upcoming` gave.
    public mutating func advance(by sent: Int) {
        position = (position + UInt64(max(sent, 0))) % count
    }
}
