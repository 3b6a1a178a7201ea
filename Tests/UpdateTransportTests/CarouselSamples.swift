import IPv6
import Timing

@testable import UpdateTransport

extension ContentHash {
    init(filledWith octet: UInt8) { self.init([UInt8](repeating: octet, count: 32).span.bytes, at: 0) }
}

extension ObjectID {
    /// Stands in for the hash of size and content hash.
    static func made(_ size: UInt64, _ hash: ContentHash) -> ObjectID {
        var id = ObjectID(prefixOf: hash)
        id.low ^= size
        return id
    }
}

extension CarouselObject {
    static func sample(size: UInt64, symbolSize: UInt16 = 1_024, content: UInt8 = 1) -> CarouselObject {
        let hash = ContentHash(filledWith: content)
        return CarouselObject(id: .made(size, hash), size: size, symbolSize: symbolSize, hash: hash)
    }
}

extension CarouselPacket {
    /// The whole packet with a payload of zeros.
    func octets() -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: encodedLength)
        var span = octets.mutableSpan
        var bytes = span.mutableBytes
        encodeHeader(into: &bytes)
        return octets
    }
}

/// Holds a machine by reference: `#expect` cannot look into calls that mutate a value.
@dynamicMemberLookup
final class Held<Machine> {
    var machine: Machine
    init(_ machine: Machine) { self.machine = machine }
    subscript<T>(dynamicMember path: KeyPath<Machine, T>) -> T { machine[keyPath: path] }
}

extension Held where Machine == CarouselReceiver {
    func handle(_ packet: CarouselPacket, at now: Instant) -> CarouselReceiver.Verdict {
        machine.handle(packet, at: now)
    }
    func mismatched(at now: Instant) { machine.mismatched(at: now) }
    func refuse(at now: Instant) { machine.refuse(at: now) }
}

extension Held where Machine == SendGate {
    func handle(_ input: SendGate.Input, at now: Instant) -> Bool { machine.handle(input, at: now) }
}

extension Held where Machine == SymbolBitmap {
    func contains(_ symbol: UInt64) -> Bool { machine.contains(symbol) }
    func insert(_ symbol: UInt64) -> Bool { machine.insert(symbol) }
}
