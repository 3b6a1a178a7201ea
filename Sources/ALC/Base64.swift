/// The text for octets that an XML attribute is to carry (RFC 4648 §4).
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ octets: ArraySlice<UInt8>) -> String {
        var text: [UInt8] = []
        for start in stride(from: octets.startIndex, to: octets.endIndex, by: 3) {
            let group = octets[start..<min(start + 3, octets.endIndex)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? digits[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
