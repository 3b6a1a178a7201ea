/// Schedules for a few numbers of source symbols: an object has blocks of at most two sizes.
public struct EncodingScheduleCache: Sendable {
    /// The one used last is the last one.
    private var schedules: [EncodingSchedule] = []
    private let capacity: Int

    /// Keeps the schedules of `capacity` sizes, at least one.
    public init(capacity: Int = 4) { self.capacity = max(capacity, 1) }

    /// The schedule for blocks of this many source symbols, made if it is not kept.
    public mutating func schedule(sourceSymbols: Int) throws(RaptorQError) -> EncodingSchedule {
        let extended = try BlockParameters(sourceSymbols: sourceSymbols).extendedSymbols
        if let index = schedules.firstIndex(where: { $0.extendedSymbols == extended }) {
            schedules.append(schedules.remove(at: index))
        } else {
            let new = try EncodingSchedule(sourceSymbols: extended)
            if schedules.count >= capacity { schedules.removeFirst() }
            schedules.append(new)
        }
        return schedules[schedules.count - 1]
    }
}
