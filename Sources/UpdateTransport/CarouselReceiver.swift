public import Timing

/// Puts one object together from the packets of any number of senders, without the sockets and the file.
///
/// It takes up one object at a time. If that brings nothing new for two seconds while another is heard, it turns to the
/// other one: an object that somebody made up cannot hold it for longer.
public struct CarouselReceiver: Sendable {
    /// What to do with a packet.
    public enum Verdict: Equatable, Sendable {
        /// Write the payload at the packet's offset.
        case write
        /// Make room for the packet's object, then write the payload. What was written of another one is void.
        case begin
        /// Arrived before.
        case duplicate
        /// Of an object that is not being received now.
        case otherObject
        /// Its object id does not follow from its size and hash: forged or damaged.
        case forged
        /// Its object is larger than the limit.
        case tooLarge
        /// `refuse` was called for its object.
        case refused
    }

    /// Makes the object id that belongs to a size and a hash.
    public typealias Identify = @Sendable (_ size: UInt64, _ hash: ContentHash) -> ObjectID

    /// How long an object may bring nothing new while another one is heard.
    public static let stallTime = Duration.seconds(2)

    private let maximumSize: UInt64
    private let identify: Identify
    private var candidates = CarouselCandidates()
    private var bitmap = SymbolBitmap(count: 0)
    private var lastNew = Instant(nanoseconds: 0)
    private var packetsOfObject: UInt64 = 0

    /// The object that is being received.
    public private(set) var object: CarouselObject?
    /// How often an object was whole but did not match its hash.
    public private(set) var mismatches: UInt64 = 0
    /// How often an object was given up for another one.
    public private(set) var switches: UInt64 = 0

    /// - Parameters:
    ///   - maximumSize: larger objects are not taken up. Memory use is one bit for every symbol of an object: at most
    ///     1/8,192 of this.
    ///   - identify: see `Identify`; called once for every object that is not known yet.
    public init(maximumSize: UInt64 = CarouselObject.maximumSize, identify: @escaping Identify) {
        self.maximumSize = min(maximumSize, CarouselObject.maximumSize)
        self.identify = identify
    }

    /// How many symbols of the object have arrived.
    public var received: UInt64 { bitmap.inserted }
    /// How many symbols the object has; 0 while there is none.
    public var needed: UInt64 { bitmap.count }
    /// Everything is there: time to check the hash. Nothing is taken until `mismatched` is called.
    public var isWhole: Bool { object != nil && bitmap.isFull }
    /// What is being received has not failed so far.
    public private(set) var isPromising = false

    /// Decides about a packet. After `write` and `begin` its payload counts as written.
    public mutating func handle(_ packet: CarouselPacket, at now: Instant) -> Verdict {
        if packet.object == object {
            packetsOfObject += 1
            guard bitmap.insert(packet.symbol) else { return .duplicate }
            lastNew = now
            return .write
        }
        guard packet.object.size <= maximumSize else { return .tooLarge }
        if !candidates.contains(packet.object) {
            guard identify(packet.object.size, packet.object.hash) == packet.object.id else { return .forged }
        }
        candidates.heard(packet.object, at: now, keeping: object)
        if candidates.isRefused(packet.object) { return .refused }
        guard !isWhole, object == nil || now - lastNew >= Self.stallTime,
            candidates.isBest(packet.object, except: object, within: Self.stallTime, at: now)
        else { return .otherObject }
        if let stalled = object {
            switches += 1
            drop(stalled, at: now)
        }
        object = packet.object
        isPromising = !candidates.hasFailed(packet.object)
        bitmap = SymbolBitmap(count: packet.object.symbolCount)
        packetsOfObject = 0
        lastNew = now
        _ = bitmap.insert(packet.symbol)
        return .begin
    }

    /// The whole object does not match its hash: all of it is to be received again, this one or a better one.
    public mutating func mismatched(at now: Instant) {
        guard let object else { return }
        mismatches += 1
        drop(object, at: now)
    }

    /// There is no room for the object that `begin` was the answer for.
    public mutating func refuse(at now: Instant) {
        guard let object else { return }
        candidates.refuse(object)
        self.object = nil
        bitmap = SymbolBitmap(count: 0)
        isPromising = false
    }

    private mutating func drop(_ failed: CarouselObject, at now: Instant) {
        // While it was current its packets were only counted here; the last one of them came at `lastNew` or later.
        candidates.heard(failed, packets: packetsOfObject, at: lastNew, keeping: nil)
        candidates.failed(failed)
        object = nil
        bitmap = SymbolBitmap(count: 0)
        isPromising = false
    }
}
