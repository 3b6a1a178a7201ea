/// A line of a key file: a word that says what it is, Base64, and if one likes a comment.
struct KeyLine {
    enum Kind: String {
        case publicKey = "lcroute-ed25519"
        case secretKey = "lcroute-ed25519-secret"
    }

    var octets: [UInt8]
    let comment: String

    /// - Returns: nil if the line is not of this kind.
    init?(_ line: ArraySlice<UInt8>, _ kind: Kind) {
        let words = line.split(maxSplits: 2, whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") })
        guard words.count >= 2, words[0].elementsEqual(kind.rawValue.utf8),
            let octets = Sodium.octets(base64: words[1], count: 32)
        else { return nil }
        self.octets = octets
        comment = words.count > 2 ? String(decoding: words[2], as: UTF8.self) : ""
    }

    static func encode(_ kind: Kind, base64: [UInt8], comment: String) -> [UInt8] {
        Array("\(kind.rawValue) ".utf8) + base64 + (comment.isEmpty ? [] : [UInt8(ascii: " ")] + comment.utf8)
            + [UInt8(ascii: "\n")]
    }
}
