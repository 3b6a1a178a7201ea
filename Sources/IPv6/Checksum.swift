/// The Internet checksum over the IPv6 pseudo-header and an upper-layer packet (RFC 8200 §8.1, RFC 4443 §2.3).
public struct InternetChecksum: Sendable {
    private var sum: UInt64 = 0

    @inlinable public init(source: IPv6Address, destination: IPv6Address, length: Int, nextHeader: UInt8) {
        self.init()
        add(source)
        add(destination)
        add(UInt32(truncatingIfNeeded: length))
        add(UInt32(nextHeader))
    }

    public init() {}

    @usableFromInline mutating func add(_ address: IPv6Address) {
        for half in [address.high, address.low] {
            add(UInt32(half >> 32))
            add(UInt32(truncatingIfNeeded: half))
        }
    }

    // The sum is of 16-bit words, but one's complement addition may be done in wider words and folded (RFC 1071 §2).
    @usableFromInline mutating func add(_ word: UInt32) { sum += UInt64(word) }

    /// Adds octets; only the last call may bring an odd number of them.
    public mutating func add(_ octets: RawSpan) {
        var offset = 0
        while octets.byteCount - offset >= 4 {
            add(UInt32(bigEndian: octets.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            offset += 4
        }
        var shift: UInt32 = 24
        while offset < octets.byteCount {
            add(UInt32(octets.unsafeLoad(fromByteOffset: offset, as: UInt8.self)) << shift)
            shift -= 8
            offset += 1
        }
    }

    /// The value of the checksum field; 0 over a packet that already holds its right checksum.
    public var value: UInt16 {
        var folded = sum
        while folded >> 16 != 0 { folded = folded & 0xffff + folded >> 16 }
        return ~UInt16(folded)
    }
}
