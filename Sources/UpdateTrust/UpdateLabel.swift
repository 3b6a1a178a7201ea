/// For which devices an update is, and what its file is called.
public struct UpdateLabel: Hashable, Sendable {
    /// Whose devices; nil is anybody's.
    public let vendor: String?
    /// Which of them; nil is all.
    public let deviceClass: String?
    /// The name of the file that was signed, without directories.
    public let fileName: String?

    /// Octets of UTF-8 of a vendor or class.
    public static let maximumLength = 64
    /// Octets of UTF-8 of a file name: what Linux allows.
    public static let maximumFileNameLength = 255

    public init() { (vendor, deviceClass, fileName) = (nil, nil, nil) }

    /// Checks that they are texts without control characters and not too long.
    public init(vendor: String?, deviceClass: String?, fileName: String?) throws(ManifestRefusal) {
        for (name, text) in [("vendor", vendor), ("class", deviceClass)] {
            guard let text else { continue }
            guard 1...Self.maximumLength ~= text.utf8.count, Self.isPlain(text) else {
                throw .malformed(
                    "the \(name) is not 1 to \(Self.maximumLength) octets of text without control characters")
            }
        }
        if let fileName, !Self.isFileName(fileName) {
            throw .malformed("the file name is not one without directories and control characters")
        }
        self.vendor = vendor
        self.deviceClass = deviceClass
        self.fileName = fileName
    }

    /// Whether a manifest can name a file so.
    public static func isFileName(_ text: String) -> Bool {
        1...maximumFileNameLength ~= text.utf8.count && isPlain(text) && text != "." && text != ".."
            && !text.utf8.contains(UInt8(ascii: "/"))
    }

    /// It may be shown on a terminal: no control characters, nor those that turn the direction of writing.
    private static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { character in
            switch character.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
            default: true
            }
        }
    }
}
