// Numbers on the wire have their highest octet first.

extension RawSpan {
    func octet(at offset: Int) -> UInt8 { unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
    func short(at offset: Int) -> UInt16 {
        UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
    func word(at offset: Int) -> UInt32 {
        UInt32(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    func long(at offset: Int) -> UInt64 {
        UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// A number of `length` octets, 0, 2, 4, … 16.
    func number(at offset: Int, length: Int) -> UInt128 {
        if length == 4 { return UInt128(word(at: offset)) }
        var number: UInt128 = 0
        for place in stride(from: 0, to: length, by: 2) { number = number << 16 | UInt128(short(at: offset + place)) }
        return number
    }
}

extension MutableRawSpan {
    mutating func write(_ value: UInt8, at offset: Int) { storeBytes(of: value, toByteOffset: offset, as: UInt8.self) }
    mutating func write(_ value: UInt16, at offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }
    mutating func write(_ value: UInt32, at offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
    }
    mutating func write(_ value: UInt64, at offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt64.self)
    }

    /// The lowest `length` octets of a number, 0, 2, 4, … 16 of them.
    mutating func write(_ number: UInt128, at offset: Int, length: Int) {
        if length == 4 { return write(UInt32(truncatingIfNeeded: number), at: offset) }
        for place in stride(from: 0, to: length, by: 2) {
            write(UInt16(truncatingIfNeeded: number >> (8 * (length - place - 2))), at: offset + place)
        }
    }
}
