import IPv6
import Testing

@Suite("Internet checksum")
struct ChecksumTests {
    let source = IPv6Address("fe80::1") ?? .unspecified
    let destination = IPv6Address("ff02::1") ?? .unspecified

    @Test("A known packet: a general query from fe80::1")
    func known() {
        // fe80+1+ff02+1 + 1c + 3a + 8200+2710+027d = 2a967, folded a969, inverted 5696
        let octets: [UInt8] =
            [0x82, 0, 0, 0, 0x27, 0x10, 0, 0] + [UInt8](repeating: 0, count: 16) + [2, 0x7d, 0, 0]
        #expect(checksum(octets) == 0x5696)
    }

    @Test("C4 Agrees with addition of 16-bit words, for every length", arguments: 0...67)
    func everyLength(length: Int) {
        let octets = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 151 + 201) }
        var words = source.octets + destination.octets + [0, 0, 0, UInt8(length), 0, 0, 0, 58] + octets
        if words.count % 2 == 1 { words.append(0) }
        var sum: UInt32 = 0
        for index in stride(from: 0, to: words.count, by: 2) {
            sum += UInt32(words[index]) << 8 | UInt32(words[index + 1])
            if sum > 0xffff { sum -= 0xffff }
        }
        #expect(checksum(octets) == ~UInt16(sum) || checksum(octets) == 0 && sum == 0xffff)
    }

    @Test("C4 Is 0 over octets that hold their checksum, and not if one bit differs", arguments: [28, 29, 31, 1452])
    func verification(length: Int) {
        var octets = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 31 + 7) }
        octets[2] = 0
        octets[3] = 0
        let value = checksum(octets)
        octets[2] = UInt8(value >> 8)
        octets[3] = UInt8(truncatingIfNeeded: value)
        #expect(checksum(octets) == 0)
        octets[length - 1] ^= 1
        #expect(checksum(octets) != 0)
    }

    @Test("May be added to in pieces")
    func pieces() {
        let octets = (0..<64).map { UInt8($0) }
        var sum = InternetChecksum(source: source, destination: destination, length: 64, nextHeader: 58)
        for start in [0, 6, 32] { sum.add(octets[start..<(start == 0 ? 6 : start == 6 ? 32 : 64)].span.bytes) }
        #expect(sum.value == checksum(octets))
    }

    private func checksum(_ octets: [UInt8]) -> UInt16 {
        var sum = InternetChecksum(source: source, destination: destination, length: octets.count, nextHeader: 58)
        sum.add(octets.span.bytes)
        return sum.value
    }
}
