/// The Maximum Response Code of a query: milliseconds, linear up to 32767, floating beyond (RFC 9777 §5.1.3).
public struct MaximumResponseCode: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The code for the largest delay that fits and is not above `milliseconds`.
    public init(milliseconds: UInt32) {
        if milliseconds < 0x8000 {
            rawValue = UInt16(milliseconds)
        } else if milliseconds >= 0x1fff << 10 {
            rawValue = 0xffff
        } else {
            let exponent = 16 - UInt32(milliseconds.leadingZeroBitCount)
            rawValue = UInt16(0x8000 | exponent << 12 | (milliseconds >> (exponent + 3)) & 0xfff)
        }
    }

    /// The delay in milliseconds, 0…8387584.
    public var milliseconds: UInt32 {
        if rawValue < 0x8000 { return UInt32(rawValue) }
        return (UInt32(rawValue) & 0xfff | 0x1000) << (UInt32(rawValue) >> 12 & 7 + 3)
    }
}

/// The Querier's Query Interval Code: seconds, linear up to 127, floating beyond (RFC 9777 §5.1.9).
public struct QueryIntervalCode: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The code for the longest interval that fits and is not above `seconds`.
    public init(seconds: UInt32) {
        if seconds < 0x80 {
            rawValue = UInt8(seconds)
        } else if seconds >= 0x1f << 10 {
            rawValue = 0xff
        } else {
            let exponent = 24 - UInt32(seconds.leadingZeroBitCount)
            rawValue = UInt8(0x80 | exponent << 4 | (seconds >> (exponent + 3)) & 0xf)
        }
    }

    /// The interval in seconds, 0…31744.
    public var seconds: UInt32 {
        if rawValue < 0x80 { return UInt32(rawValue) }
        return (UInt32(rawValue) & 0xf | 0x10) << (UInt32(rawValue) >> 4 & 7 + 3)
    }
}
