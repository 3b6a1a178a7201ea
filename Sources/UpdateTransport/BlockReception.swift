/// What a receiver has of one source block: which encoding symbols, never their contents.
public struct BlockReception: Sendable {
    public enum Phase: Equatable, Sendable {
        /// More symbols are needed.
        case collecting
        /// Somebody finds out whether the symbols suffice.
        case trying
        /// They do; missing source symbols are being made.
        case decodable
        /// All source symbols are there.
        case complete
    }

    public enum Interest: Equatable, Sendable {
        case wanted
        /// Here already.
        case duplicate
        /// The block needs no more.
        case redundant
    }

    /// K.
    public let sourceSymbols: Int
    public private(set) var phase = Phase.collecting
    /// Source symbols that are here.
    public private(set) var sourceCount = 0
    /// Repair symbols that are here, by ESI, and where somebody has put them.
    public private(set) var repairs: [UInt32] = []
    public private(set) var places: [UInt64] = []
    /// The encoding symbols of the window, 2·K of them.
    private var symbols: SymbolBitmap
    /// As many symbols are being tried, or did not suffice.
    private var tried = 0

    /// Symbols that are taken while somebody finds out whether there are enough: one or two more nearly always do.
    private static let spare = 4
    /// With as many symbols beyond K, fewer than one block in a million cannot be decoded (RFC 6330 §5.8 has the table).
    private static let surplus = 2

    public init(sourceSymbols: Int) {
        self.sourceSymbols = sourceSymbols
        symbols = SymbolBitmap(count: 2 * UInt64(sourceSymbols))
    }

    /// Different symbols that are here.
    public var count: Int { sourceCount + repairs.count }

    /// Of K.
    public var progress: Int { phase == .decodable || phase == .complete ? sourceSymbols : min(count, sourceSymbols) }

    /// Whether a receiver need not wait for more symbols: they suffice, or it would be a surprise if they did not.
    public var isSatisfied: Bool {
        switch phase {
        case .collecting: count > tried && count >= sourceSymbols + Self.surplus
        case .trying: count >= sourceSymbols + Self.surplus
        case .decodable, .complete: true
        }
    }

    /// Whether it is worth trying to make what is missing.
    public var isReady: Bool { phase == .collecting && count >= sourceSymbols && count > tried }

    /// Whether a symbol of the window is wanted.
    public func interest(_ esi: Int) -> Interest {
        if symbols.contains(UInt64(esi)) { return .duplicate }
        switch phase {
        case .collecting: return .wanted
        case .trying: return count < sourceSymbols + Self.spare ? .wanted : .redundant
        case .decodable, .complete: return .redundant
        }
    }

    public func contains(_ esi: Int) -> Bool { symbols.contains(UInt64(esi)) }

    /// A source symbol is in its file. Complete once all are.
    public mutating func insertSource(_ esi: Int) {
        guard esi < sourceSymbols, symbols.insert(UInt64(esi)) else { return }
        sourceCount += 1
        if sourceCount == sourceSymbols && phase == .collecting { phase = .complete }
    }

    /// A repair symbol was put somewhere.
    public mutating func insertRepair(_ esi: Int, place: UInt64) {
        guard esi >= sourceSymbols, symbols.insert(UInt64(esi)) else { return }
        repairs.append(UInt32(esi))
        places.append(place)
    }

    /// Somebody tries with what is here now.
    public mutating func beginTrying() {
        phase = .trying
        tried = count
    }

    /// As many symbols as there were did not suffice.
    public mutating func needsMore() {
        phase = sourceCount == sourceSymbols ? .complete : .collecting
    }

    public mutating func becomeDecodable() { phase = .decodable }

    /// All source symbols are in the file: what was made has been written.
    public mutating func complete() {
        phase = .complete
        sourceCount = sourceSymbols
        (repairs, places) = ([], [])
    }

    /// Source symbols that are here, in order.
    public var sources: [UInt32] { (0..<UInt32(sourceSymbols)).filter { symbols.contains(UInt64($0)) } }
}
