public import IPv6

/// One packet of a file carousel: a piece of the file, and all that is needed to know the file by.
///
/// ```
///  0  magic "LCUC"          4  version, 1    5  flags, 0    6  symbol size, 16 bits
///  8  file size, 64 bits   16  offset of the payload in the file, 64 bits
/// 24  object id, 16 octets 40  hash of the file, 32 octets  72  payload
/// ```
/// Numbers are in network order. Nothing here is authenticated: the hash finds damage, not forgery.
public struct CarouselPacket: Equatable, Sendable {
    public var object: CarouselObject
    /// Where in the file the payload belongs, in octets: a multiple of the symbol size.
    public var offset: UInt64

    /// Octets before the payload.
    public static let headerLength = 72
    /// What IPv6 and UDP headers add to a packet.
    public static let overhead = 48
    static let magic: (UInt8, UInt8, UInt8, UInt8) = (0x4c, 0x43, 0x55, 0x43)
    static let version: UInt8 = 1

    /// The packet for a symbol. `symbol` is less than the object's `symbolCount`.
    public init(_ object: CarouselObject, symbol: UInt64) {
        self.object = object
        offset = object.offset(ofSymbol: symbol)
    }

    /// Parses the payload of a UDP datagram. What is behind the header is then exactly the symbol that the header
    /// names, within the file and as long as it must be.
    public init(parsing octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= Self.headerLength else {
            throw .tooShort(needed: Self.headerLength, had: octets.byteCount)
        }
        guard (octets.octet(at: 0), octets.octet(at: 1), octets.octet(at: 2), octets.octet(at: 3)) == Self.magic else {
            throw .malformed("not a carousel packet")
        }
        guard octets.octet(at: 4) == Self.version else { throw .malformed("unknown version") }
        guard octets.octet(at: 5) == 0 else { throw .malformed("reserved flags set") }
        let object = CarouselObject(
            id: ObjectID(octets, at: 24), size: octets.word(at: 8), symbolSize: octets.short(at: 6),
            hash: ContentHash(octets, at: 40))
        guard CarouselObject.symbolSizes.contains(object.symbolSize) else { throw .malformed("symbol size") }
        guard object.size <= CarouselObject.maximumSize else { throw .malformed("file size") }
        let offset = octets.word(at: 16)
        guard offset % UInt64(object.symbolSize) == 0 else { throw .malformed("offset between symbols") }
        guard offset < object.size || (offset == 0 && object.size == 0) else {
            throw .malformed("offset beyond the file")
        }
        let expected = Self.headerLength + object.length(ofSymbol: offset / UInt64(object.symbolSize))
        guard octets.byteCount >= expected else { throw .tooShort(needed: expected, had: octets.byteCount) }
        guard octets.byteCount == expected else { throw .malformed("payload too long") }
        self.object = object
        self.offset = offset
    }

    /// Which symbol of the object this is.
    public var symbol: UInt64 { offset / UInt64(object.symbolSize) }

    /// Octets of the whole UDP payload.
    public var encodedLength: Int { Self.headerLength + object.length(ofSymbol: symbol) }

    /// Octets of the whole IPv6 packet, which is what rates count.
    public var packetLength: Int { Self.overhead + encodedLength }

    /// Writes the `headerLength` octets that go before the payload. The caller has checked that they fit.
    public func encodeHeader(into octets: inout MutableRawSpan, at start: Int = 0) {
        octets.storeBytes(of: Self.magic.0, toByteOffset: start, as: UInt8.self)
        octets.storeBytes(of: Self.magic.1, toByteOffset: start + 1, as: UInt8.self)
        octets.storeBytes(of: Self.magic.2, toByteOffset: start + 2, as: UInt8.self)
        octets.storeBytes(of: Self.magic.3, toByteOffset: start + 3, as: UInt8.self)
        octets.storeBytes(of: Self.version, toByteOffset: start + 4, as: UInt8.self)
        octets.storeBytes(of: 0, toByteOffset: start + 5, as: UInt8.self)
        octets.storeBytes(of: object.symbolSize.bigEndian, toByteOffset: start + 6, as: UInt16.self)
        octets.store(object.size, at: start + 8)
        octets.store(offset, at: start + 16)
        object.id.write(into: &octets, at: start + 24)
        object.hash.write(into: &octets, at: start + 40)
    }
}
