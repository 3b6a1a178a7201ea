import IPv6
import MLD

/// Whether what a node sent is what the RFC allows, read octet by octet without the code that wrote it.
enum SentMessage {
    enum Sender {
        case router, host
    }

    /// What is wrong with an IPv6 packet that carries MLD; nil if nothing is (RFC 9777 §5).
    static func problem(_ octets: [UInt8], from address: IPv6Address, mtu: Int, by sender: Sender) -> String? {
        guard octets.count >= 48 + 24 else { return "is too short" }
        if octets.count > mtu { return "has \(octets.count) octets, more than the MTU of \(mtu)" }
        if octets[0] >> 4 != 6 { return "is not IPv6" }
        let length = Int(octets[4]) << 8 | Int(octets[5])
        if length != octets.count - 40 { return "has a wrong payload length" }
        if octets[7] != 1 { return "has hop limit \(octets[7])" }
        if octets[6] != 0 || octets[40...47] != [58, 0, 5, 2, 0, 0, 1, 0] { return "has no Router Alert" }
        let source = octets.address(at: 8)
        let destination = octets.address(at: 24)
        if source != address || source.high >> 54 != 0x3fa { return "comes from \(source)" }
        if !hasChecksum(octets) { return "has a wrong checksum" }
        if octets[49] != 0 { return "has code \(octets[49])" }
        switch (octets[48], sender) {
        case (130, .router): return queryProblem(octets, to: destination)
        case (143, .host): return reportProblem(octets, to: destination)
        case (131, .host), (132, .host): return version1Problem(octets, to: destination)
        default: return "has type \(octets[48])"
        }
    }

    private static func queryProblem(_ octets: [UInt8], to destination: IPv6Address) -> String? {
        let group = octets.address(at: 56)
        if octets[54] != 0 || octets[55] != 0 { return "has a reserved field that is not 0" }
        if octets.count == 72 { return "is a query of version 1" }
        guard octets.count >= 76 else { return "is neither version of a query" }
        if octets[72] >> 4 != 0 { return "has reserved flags set" }
        let count = Int(octets[74]) << 8 | Int(octets[75])
        if octets.count != 76 + 16 * count { return "has octets behind its \(count) sources" }
        if group == .unspecified {
            if count > 0 { return "asks for sources of no group" }
            return destination == IPv6Address(high: 0xff02 << 48, low: 1) ? nil : "is a general query to \(destination)"
        }
        return destination == group ? nil : "is a query for \(group) to \(destination)"
    }

    private static func reportProblem(_ octets: [UInt8], to destination: IPv6Address) -> String? {
        if destination != IPv6Address(high: 0xff02 << 48, low: 0x16) { return "is a report to \(destination)" }
        if octets[52] != 0 || octets[53] != 0 { return "has a reserved field that is not 0" }
        let count = Int(octets[54]) << 8 | Int(octets[55])
        if count == 0 { return "has no record" }
        var offset = 56
        for _ in 0..<count {
            guard octets.count >= offset + 20 else { return "ends within a record" }
            let type = octets[offset]
            let sources = Int(octets[offset + 2]) << 8 | Int(octets[offset + 3])
            if !(1...6).contains(type) { return "has a record of type \(type)" }
            if octets[offset + 1] != 0 { return "has auxiliary data" }
            if sources == 0 && (type == 1 || type >= 5) { return "has an empty record of type \(type)" }
            if octets[offset + 4] != 0xff || octets[offset + 5] & 15 < 2 { return "reports a group of scope 0 or 1" }
            offset += 20 + 16 * sources
        }
        return offset == octets.count ? nil : "has octets behind its records"
    }

    private static func version1Problem(_ octets: [UInt8], to destination: IPv6Address) -> String? {
        let group = octets.address(at: 56)
        if octets.count != 72 { return "has octets behind the group" }
        if octets[52...55] != [0, 0, 0, 0] { return "has fields that are not 0" }
        let right = octets[48] == 131 ? group : IPv6Address(high: 0xff02 << 48, low: 2)
        return destination == right ? nil : "is of version 1, to \(destination)"
    }

    private static func hasChecksum(_ octets: [UInt8]) -> Bool {
        var sum = UInt64(octets.count - 48) + 58
        for offset in stride(from: 8, to: 40, by: 2) { sum += UInt64(octets[offset]) << 8 | UInt64(octets[offset + 1]) }
        for offset in stride(from: 48, to: octets.count, by: 2) {
            sum += UInt64(octets[offset]) << 8 | (offset + 1 < octets.count ? UInt64(octets[offset + 1]) : 0)
        }
        while sum >> 16 != 0 { sum = sum & 0xffff + sum >> 16 }
        return sum == 0xffff
    }
}

extension [UInt8] {
    /// The address at an offset that has been checked.
    fileprivate func address(at offset: Int) -> IPv6Address {
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<8 {
            high = high << 8 | UInt64(self[offset + index])
            low = low << 8 | UInt64(self[offset + 8 + index])
        }
        return IPv6Address(high: high, low: low)
    }
}
