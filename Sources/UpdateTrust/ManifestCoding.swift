extension UpdateManifest {
    private enum Key: UInt64, CaseIterable {
        case version = 1
        case object, vendor, deviceClass, sequence, notAfter, size, hash, symbolSize, blocks, firstBlock, window, root
        case fileName
    }

    /// The most that a manifest can take: all numbers as long as they get, all texts as long as they may be.
    public static let maximumEncodedLength = 512

    /// The one encoding.
    public func encoded() -> [UInt8] {
        var cbor = CBORWriter()
        let optional = [
            label.vendor != nil, label.deviceClass != nil, notAfter != nil, label.fileName != nil,
        ]
        cbor.map(Key.allCases.count - optional.count { !$0 })
        func key(_ key: Key) { cbor.unsigned(key.rawValue) }
        func number(_ name: Key, _ value: UInt64) {
            key(name)
            cbor.unsigned(value)
        }
        func text(_ name: Key, _ value: String?) {
            guard let value else { return }
            key(name)
            cbor.text(value)
        }
        func bytes(_ name: Key, _ value: [UInt8]) {
            key(name)
            cbor.bytes(value)
        }
        number(.version, Self.version)
        bytes(.object, object.octets)
        text(.vendor, label.vendor)
        text(.deviceClass, label.deviceClass)
        number(.sequence, sequence)
        if let notAfter { number(.notAfter, notAfter.seconds) }
        number(.size, size)
        bytes(.hash, hash.octets)
        number(.symbolSize, UInt64(layout.object.symbolSize))
        number(.blocks, UInt64(layout.object.blockCount))
        number(.firstBlock, UInt64(layout.object.sourceSymbols(0)))
        number(.window, UInt64(ObjectLayout.windowFactor))
        bytes(.root, root.octets)
        text(.fileName, label.fileName)
        return cbor.octets
    }

    /// Reads a manifest and checks that it can be: limits, the layout, and that the id is that of the layout and the hash.
    ///
    /// - Throws: `malformed` or `newerVersion`.
    public init(parsing octets: [UInt8]) throws(ManifestRefusal) {
        guard octets.count <= Self.maximumEncodedLength else { throw .malformed("longer than a manifest can be") }
        var fields = try Fields(octets)
        let version = try fields.number(.version)
        guard version == Self.version else {
            throw version > Self.version ? .newerVersion(version) : .malformed("version 0")
        }
        let id = try fields.bytes(.object, UpdateID.length)
        let vendor = try fields.text(.vendor, UpdateLabel.maximumLength)
        let deviceClass = try fields.text(.deviceClass, UpdateLabel.maximumLength)
        sequence = try fields.number(.sequence)
        notAfter = try fields.optionalNumber(.notAfter).map { (seconds) throws(ManifestRefusal) in
            guard let time = UTCTime(seconds: seconds) else { throw .malformed("not-after is beyond the year 9999") }
            return time
        }
        let size = try fields.number(.size)
        let hash = try fields.bytes(.hash, FileHash.length)
        let symbolSize = try fields.number(.symbolSize)
        let blocks = try fields.number(.blocks)
        let firstBlock = try fields.number(.firstBlock)
        let window = try fields.number(.window)
        let root = try fields.bytes(.root, SymbolHash.length)
        let fileName = try fields.text(.fileName, UpdateLabel.maximumFileNameLength)
        try fields.end()

        do throws(LayoutError) {
            layout = try HashLayout(
                ObjectLayout(
                    size: size, symbolSize: Int(clamping: symbolSize), blockCount: Int(clamping: blocks)))
        } catch {
            throw .malformed(error.description)
        }
        guard firstBlock == layout.object.sourceSymbols(0) else {
            throw .malformed("the first block does not have \(firstBlock) symbols")
        }
        guard window == ObjectLayout.windowFactor else { throw .malformed("window factor \(window)") }
        guard let hash = FileHash(hash) else { throw .malformed("hash") }
        self.hash = hash
        object = UpdateID(layout: layout.object, hash: hash)
        guard object.octets.elementsEqual(id) else { throw .malformed("the object id is another object's") }
        self.root = SymbolHash(Array(root).span.bytes, at: 0)
        label = try UpdateLabel(vendor: vendor, deviceClass: deviceClass, fileName: fileName)
        // Longer forms of numbers and lengths mean the same but are not the one encoding.
        guard encoded() == octets else { throw .malformed("not in deterministic encoding") }
    }

    /// The map's fields in the order of their keys.
    private struct Fields {
        private var cbor: CBORReader
        private var left: Int
        private var pending: UInt64?

        init(_ octets: [UInt8]) throws(ManifestRefusal) {
            cbor = CBORReader(octets)
            guard case .map(let count) = try Self.next(&cbor) else { throw .malformed("not a map") }
            left = count
        }

        private static func next(_ cbor: inout CBORReader) throws(ManifestRefusal) -> CBORReader.Item {
            do throws(CBORReader.Malformed) {
                return try cbor.next()
            } catch {
                throw .malformed("no CBOR item at octet \(error.offset)")
            }
        }

        /// The value of a key if that comes next; nil if a later one does.
        private mutating func value(_ key: Key) throws(ManifestRefusal) -> CBORReader.Item? {
            if pending == nil, left > 0 {
                guard case .unsigned(let number) = try Self.next(&cbor) else {
                    throw .malformed("a key that is no number")
                }
                pending = number
                left -= 1
            }
            guard let found = pending else { return nil }
            if found < key.rawValue { throw .malformed("key \(found) twice, unknown or out of order") }
            guard found == key.rawValue else { return nil }
            pending = nil
            return try Self.next(&cbor)
        }

        private func wrongType(_ key: Key) -> ManifestRefusal { .malformed("\(key) is missing or of another type") }

        mutating func optionalNumber(_ key: Key) throws(ManifestRefusal) -> UInt64? {
            switch try value(key) {
            case .unsigned(let number): return number
            case nil: return nil
            default: throw wrongType(key)
            }
        }

        mutating func number(_ key: Key) throws(ManifestRefusal) -> UInt64 {
            guard let number = try optionalNumber(key) else { throw wrongType(key) }
            return number
        }

        mutating func bytes(_ key: Key, _ count: Int) throws(ManifestRefusal) -> ArraySlice<UInt8> {
            guard case .bytes(let range) = try value(key) else { throw wrongType(key) }
            guard range.count == count else { throw .malformed("\(key) has not \(count) octets") }
            return cbor[range]
        }

        mutating func text(_ key: Key, _ limit: Int) throws(ManifestRefusal) -> String? {
            switch try value(key) {
            case .text(let range):
                guard range.count <= limit, let text = String(validating: cbor[range], as: UTF8.self) else {
                    throw .malformed("\(key) is longer than \(limit) octets or no UTF-8")
                }
                return text
            case nil: return nil
            default: throw wrongType(key)
            }
        }

        mutating func end() throws(ManifestRefusal) {
            if pending == nil, left > 0, case .unsigned(let number) = try Self.next(&cbor) { pending = number }
            if let pending { throw .malformed("key \(pending) twice, unknown or out of order") }
            guard left == 0 else { throw .malformed("a key that is no number") }
            guard cbor.isAtEnd else { throw .malformed("octets behind the end") }
        }
    }
}
