public import Timing

/// What a sender sends next: the order of packets, without their contents and without the rate.
///
/// A lap is the whole window of every block: phase 1 the source symbols, phase 2 as many repair symbols, in the order of
/// their ESIs, one of each block in turn. Before the symbols that a hash packet stands for comes that packet:
///
/// - Phase 1: the hash packet, after every twelfth of a block one of the repair pieces of the same leaves.
/// - Phase 2: the hash packet several times, spread over its symbols, since what it stands for is lost with it: three times,
///   and five times from the fourth on, which is needed only by those who lose much. With the first two of them a repair piece
///   for the source symbols, and once all of these have had their turn in this lap, for the repair symbols.
///
/// Repair pieces go round and round across laps, so that whoever joins late gets enough of them. The manifest is due twice a
/// second and, since nothing counts before it, every 512 packets; the announcement once a second. Both are due less often at
/// rates at which they would leave no room.
public struct SendSchedule: Sendable {
    public let shape: SendShape
    public let start: Start

    /// Where a sender begins.
    public enum Start: Equatable, Sendable {
        /// With the first source symbols: right for a sender that is alone, and begins when somebody listens.
        case beginning
        /// Anywhere in the window, so that several senders bring different symbols and add up.
        case random
        /// So far into the window: senders that know of each other share it best when they begin far apart.
        case percent(Int)

        /// `beginning`, `random`, or 0 to 99 and a per cent sign.
        public init?(_ text: String) {
            switch text {
            case "beginning": self = .beginning
            case "random": self = .random
            default:
                guard text.hasSuffix("%"), let percent = Int(text.dropLast()), 0..<100 ~= percent,
                    text.utf8.first != UInt8(ascii: "+")
                else { return nil }
                self = .percent(percent)
            }
        }
    }

    /// The place of the next symbol in the lap: block and, of the larger blocks, how many symbols of the window have gone.
    private var block = 0
    private var step = 0
    private var stage = Stage.hash
    private var turns: [Turn]
    private var manifest = Recurring(period: .milliseconds(500), distance: 4, most: 512)
    private var announcement = Recurring(period: .seconds(1), distance: 8)
    private var announcementsLeft = 0

    /// What of the place comes next.
    private enum Stage { case hash, repairPiece, content, done }

    /// What of a block goes on from place to place.
    private struct Turn {
        /// No hash packet has been sent since the start: the first one does not wait for its first symbol.
        var isFresh = true
        /// Hash packets in phase 1 since the last repair piece.
        var sinceRepairPiece = 0
        /// The next repair piece of each half, from 0 on.
        var repairPiece: (source: Int, repair: Int)
        /// Repair pieces of the source symbols' half in this lap.
        var sentInLap = 0
    }

    /// Hash packets of a block in phase 1 for each repair piece.
    private static let hashesPerRepairPiece = 12

    /// - Parameter random: a uniformly distributed number, another one for each sender.
    public init(_ shape: SendShape, start: Start, random: UInt64) {
        self.shape = shape
        self.start = start
        turns = (0..<shape.blockCount).map { block in
            let first = Int(random >> 32) % shape.pieces(block)
            return Turn(repairPiece: (first, first))
        }
        switch start {
        case .beginning: break
        case .random:
            let place = Int(random % UInt64(shape.blockCount * 2 * shape.largestBlock))
            block = place % shape.blockCount
            step = place / shape.blockCount
        case .percent(let percent): step = 2 * shape.largestBlock * percent / 100
        }
    }

    /// Begins again after a pause: nobody has heard what went before.
    public mutating func resume() {
        if start == .beginning {
            block = 0
            step = 0
            for block in turns.indices { turns[block].sentInLap = 0 }
        }
        stage = .hash
        for block in turns.indices { turns[block].isFresh = true }
        manifest.reset()
        announcement.reset()
        announcementsLeft = 0
    }

    /// Whether repair symbols are sent now.
    public var isInRepairPhase: Bool { step >= shape.largestBlock }

    /// The repair symbol of a block that is sent next, now or later, counted from the block's first one.
    public func nextRepairSymbol(_ block: Int) -> Int {
        let next = step - shape.largestBlock + (block < self.block ? 1 : 0)
        return next < shape.sourceSymbols(block) ? max(next, 0) : 0
    }

    /// The next packet.
    public mutating func next(at now: Instant) -> SendPacket {
        if manifest.isDue(at: now) { return .manifest }
        if announcementsLeft == 0 && shape.announcements > 0 && announcement.isDue(at: now) {
            announcementsLeft = shape.announcements
        }
        if announcementsLeft > 0 {
            announcementsLeft -= 1
            return .announcement(shape.announcements - announcementsLeft - 1)
        }
        manifest.count()
        announcement.count()
        while true {
            if let packet = nextOfPlace() { return packet }
            moveOn()
        }
    }

    /// The next packet of the place, nil after the last one.
    private mutating func nextOfPlace() -> SendPacket? {
        let inRepair = isInRepairPhase
        let count = shape.sourceSymbols(block)
        let symbol = inRepair ? step - shape.largestBlock : step
        guard symbol < count else { return nil }  // the block is one symbol shorter than others
        let half = inRepair ? SendPacket.Half.repair : .source
        let (piece, offset) = symbol.quotientAndRemainder(dividingBy: shape.pieceLeaves)
        while true {
            switch stage {
            case .hash:
                let leaves = min(count - piece * shape.pieceLeaves, shape.pieceLeaves)
                let copy = Self.copy(at: offset, of: leaves, copies: inRepair ? (piece < 3 ? 3 : 5) : 1)
                stage = copy.map { $0 < 2 } == true ? .repairPiece : .content
                guard copy != nil || turns[block].isFresh else { continue }
                turns[block].isFresh = false
                return .hash(block: block, half: half, index: piece)
            case .repairPiece:
                stage = .content
                if let packet = nextRepairPiece() { return packet }
            case .content:
                stage = .done
                return .content(block: block, esi: inRepair ? count + symbol : symbol)
            case .done:
                return nil
            }
        }
    }

    /// Which of a hash packet's copies goes before the symbol at an offset, if one does: they are spread evenly.
    private static func copy(at offset: Int, of symbols: Int, copies: Int) -> Int? {
        let copy = (offset * copies + symbols - 1) / symbols
        return copy < copies && copy * symbols / copies == offset ? copy : nil
    }

    /// The repair piece that goes with a hash packet, if one does.
    private mutating func nextRepairPiece() -> SendPacket? {
        let pieces = shape.pieces(block)
        if isInRepairPhase {
            if turns[block].sentInLap >= pieces {
                let index = turns[block].repairPiece.repair
                turns[block].repairPiece.repair = (index + 1) % pieces
                return .hash(block: block, half: .repair, index: pieces + index)
            }
        } else {
            turns[block].sinceRepairPiece += 1
            guard turns[block].sinceRepairPiece == Self.hashesPerRepairPiece else { return nil }
            turns[block].sinceRepairPiece = 0
        }
        let index = turns[block].repairPiece.source
        turns[block].repairPiece.source = (index + 1) % pieces
        turns[block].sentInLap += 1
        return .hash(block: block, half: .source, index: pieces + index)
    }

    private mutating func moveOn() {
        stage = .hash
        block += 1
        guard block == shape.blockCount else { return }
        block = 0
        step += 1
        guard step == 2 * shape.largestBlock else { return }
        step = 0
        for block in turns.indices { turns[block].sentInLap = 0 }
    }
}
