/// How many packets of the senders get lost on the way, from the gaps in the numbers of their symbols.
///
/// A sender sends a block's symbols in rising order. What is counted need not be authentic: this is for people to look at.
public struct LossEstimate: Sendable {
    /// The last symbol of each block, by session; the sessions heard last.
    private var sessions: [(id: UInt64, last: [Int32])] = []
    private let blocks: Int
    private var received: Double = 0
    private var lost: Double = 0

    private static let sessionLimit = 4
    /// Larger gaps are taken for a sender that has gone on elsewhere.
    private static let largestGap = 64
    /// What was counted so long ago matters half.
    private static let memory: Double = 20_000

    public init(blocks: Int) { self.blocks = blocks }

    /// 0…1.
    public var share: Double { received + lost > 0 ? lost / (received + lost) : 0 }

    public mutating func heard(session: UInt64, block: Int, esi: Int) {
        guard 0..<blocks ~= block, 0...Int(Int32.max) ~= esi else { return }
        let place: Int
        if let known = sessions.firstIndex(where: { $0.id == session }) {
            place = known
        } else {
            if sessions.count == Self.sessionLimit { sessions.removeFirst() }
            sessions.append((session, Array(repeating: -1, count: blocks)))
            place = sessions.count - 1
        }
        let last = Int(sessions[place].last[block])
        sessions[place].last[block] = Int32(esi)
        guard last >= 0, 1...Self.largestGap ~= esi - last else { return }
        received += 1
        lost += Double(esi - last - 1)
        if received > Self.memory {
            received /= 2
            lost /= 2
        }
    }
}
