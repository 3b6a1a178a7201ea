/// GF(256), octets with x⁸+x⁴+x³+x²+1; α is 2 (RFC 6330 §5.7).
enum GaloisField {
    /// α to the power of 0…509.
    private static let powers: [UInt8] = {
        var powers: [UInt8] = []
        var power: UInt16 = 1
        for _ in 0..<510 {
            powers.append(UInt8(power))
            power <<= 1
            if power > 255 { power ^= 0x11d }
        }
        return powers
    }()

    /// Of each octet but 0 the power of α that it is.
    private static let logarithms: [UInt8] = {
        var logarithms = [UInt8](repeating: 0, count: 256)
        for exponent in 0..<255 { logarithms[Int(powers[exponent])] = UInt8(exponent) }
        return logarithms
    }()

    /// For each octet its products with 0…15, then with the multiples of 16.
    static let nibbleProducts: [UInt8] = (0..<256).flatMap { octet in
        (0..<32).map { product(UInt8(octet), UInt8($0 < 16 ? $0 : ($0 - 16) << 4)) }
    }

    static func product(_ one: UInt8, _ other: UInt8) -> UInt8 {
        guard one != 0, other != 0 else { return 0 }
        return powers[Int(logarithms[Int(one)]) + Int(logarithms[Int(other)])]
    }

    /// The inverse of an octet that is not 0.
    static func inverse(_ octet: UInt8) -> UInt8 { powers[255 - Int(logarithms[Int(octet)])] }
}
