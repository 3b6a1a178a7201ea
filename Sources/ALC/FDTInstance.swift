public import RaptorQ

/// The announcement of one file to FLUTE receivers: an FDT instance (RFC 6726 §3.4.2), XML in UTF-8, here ASCII only.
public struct FDTInstance: Equatable, Sendable {
    /// The object that the file is, not 0.
    public let toi: UInt32
    /// What to call the file, without a path.
    public let name: String
    /// How it is cut; the whole file is one object, without content encoding.
    public let information: ObjectTransmissionInformation
    /// A media type, such as `application/octet-stream`.
    public let contentType: String
    /// Seconds since 1970 (UTC) until which the announcement may be believed.
    public let expires: UInt64

    /// - Throws: `FDTError.name` or `.reservedTOI`.
    public init(
        toi: UInt32, name: String, information: ObjectTransmissionInformation,
        contentType: String = "application/octet-stream",
        expires: UInt64
    ) throws(FDTError) {
        guard toi != 0 else { throw .reservedTOI }
        guard 1...255 ~= name.utf8.count, name != ".", name != "..",
            !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") })
        else { throw .name(name) }
        self.toi = toi
        self.name = name
        self.information = information
        self.contentType = contentType
        self.expires = expires
    }

    /// The XML.
    public var text: String {
        // A receiver that cuts objects as RFC 5052 has it goes by the maximum source block length, not by Z.
        let attributes = [
            ("TOI", "\(toi)"),
            ("Content-Location", Self.relativeReference(name)),
            ("Content-Length", "\(information.transferLength)"),
            ("Transfer-Length", "\(information.transferLength)"),
            ("Content-Type", Self.escaped(contentType)),
            ("FEC-OTI-FEC-Encoding-ID", "\(LCTHeader.raptorQ)"),
            ("FEC-OTI-Maximum-Source-Block-Length", "\((information.totalSymbols - 1) / information.sourceBlocks + 1)"),
            ("FEC-OTI-Encoding-Symbol-Length", "\(information.symbolSize)"),
            ("FEC-OTI-Scheme-Specific-Info", Base64.encode(information.encoded[8...])),
        ]
        let file = attributes.map { " \($0)=\"\($1)\"" }.joined()
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <FDT-Instance xmlns="urn:ietf:params:xml:ns:fdt" Expires="\(expiresNTP)">
            <File\(file)/>
            </FDT-Instance>

            """
    }

    /// The seconds of a Network Time Protocol timestamp, which begin anew in 2036 (RFC 6726 §3.4.2, RFC 5905 §6).
    var expiresNTP: UInt32 { UInt32(truncatingIfNeeded: expires &+ 2_208_988_800) }

    /// A name as a URI that is relative to wherever the receiver puts files: all but unreserved characters percent-
    /// encoded (RFC 3986 §2.3), so that none of it is a scheme, a path or a query.
    static func relativeReference(_ name: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        for octet in name.utf8 {
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.append(octet)
            default:
                text += [UInt8(ascii: "%"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A text as the value of an XML attribute: what means something to XML, and what is not printable ASCII, as a
    /// reference; what XML cannot hold at all as U+FFFD (XML 1.0 §2.2, §3.3.3).
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x26, 0x27, 0x3c, 0x3e, 0x09, 0x0a, 0x0d, 0x7f...0xfffd, 0x1_0000...:
                escaped += "&#\(scalar.value);"
            case 0x20..<0x7f: escaped.unicodeScalars.append(scalar)
            default: escaped += "&#65533;"
            }
        }
        return escaped
    }
}
