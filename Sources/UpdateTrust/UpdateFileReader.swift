import LinuxSystem

/// An update file that is open for reading: its manifest, leaves and source symbols.
///
/// Opening checks the structure: that the manifest is one and that all lengths fit. Whether the contents are those that the
/// manifest names, `UpdateFileVerification` finds out; whether it is to be trusted, `SignedManifest.verify`.
public struct UpdateFileReader: ~Copyable {
    /// As it goes into packets.
    public let signed: SignedManifest
    /// What it says, whoever made it.
    public let manifest: UpdateManifest
    private let file: InputFile
    private let places: UpdateFileLayout

    public init(path: String) throws(UpdateFileError) {
        let file = try InputFile(path: path)
        var header = [UInt8](repeating: 0, count: UpdateFileLayout.headerLength)
        guard file.size >= UInt64(header.count) else { throw .notAnUpdate(path) }
        try header.withMutableBytes { (bytes) throws(UpdateFileError) in
            try file.read(at: 0, count: UpdateFileLayout.headerLength, into: &bytes)
        }
        guard header.starts(with: UpdateFileLayout.magic) else { throw .notAnUpdate(path) }
        let length = header[4...].reduce(0) { $0 << 8 | Int($1) }
        guard length <= SignedManifest.maximumEncodedLength, file.size >= UInt64(header.count + length) else {
            throw .damaged(path, "its manifest is longer than can be")
        }
        var octets = [UInt8](repeating: 0, count: length)
        try octets.withMutableBytes { (bytes) throws(UpdateFileError) in
            try file.read(at: UInt64(UpdateFileLayout.headerLength), count: length, into: &bytes)
        }
        let signed: SignedManifest
        let manifest: UpdateManifest
        do throws(ManifestRefusal) {
            signed = try SignedManifest(parsing: octets)
            manifest = try signed.unverified()
        } catch {
            throw .manifest(path, error)
        }
        let places = UpdateFileLayout(object: manifest.layout.object, manifestLength: length)
        guard file.size == places.length else {
            throw .damaged(path, "it has \(file.size) octets where its manifest makes it \(places.length)")
        }
        self.signed = signed
        self.manifest = manifest
        self.places = places
        self.file = file
    }

    public var path: String { file.path }

    /// Reads source symbols from `esi` on, as many as the buffer has room for; the last one of the object is filled with
    /// zeros.
    ///
    /// - Parameter symbols: a multiple of the symbol size, not beyond the block.
    public func readSource(
        block: Int, esi: Int, into symbols: inout MutableRawSpan
    ) throws(UpdateFileError) {
        let object = manifest.layout.object
        let start = object.extent(block: block, esi: esi).offset
        let count = start < object.size ? Int(min(UInt64(symbols.byteCount), object.size - start)) : 0
        try file.read(at: places.content + start, count: count, into: &symbols)
        for index in count..<symbols.byteCount { symbols.storeBytes(of: 0, toByteOffset: index, as: UInt8.self) }
    }

    /// Reads `count` leaves of a half of a block from the `first` on, not beyond the half.
    ///
    /// - Parameter leaves: room for them, 16 octets each.
    public func readLeaves(
        block: Int, half: WindowHalf, from first: Int = 0, count: Int, into leaves: inout MutableRawSpan
    ) throws(UpdateFileError) {
        let offset = places.leaves(block, half) + UInt64(first * SymbolHash.length)
        try file.read(at: offset, count: count * SymbolHash.length, into: &leaves)
    }

    /// Throws if the file is not what it was when it was opened.
    public func checkUnchanged() throws(UpdateFileError) { try file.checkUnchanged() }

    func forEachPiece(
        _ range: Range<UInt64>, _ body: (RawSpan) -> Void
    ) throws(UpdateFileError) {
        try file.forEachPiece(places.content + range.lowerBound..<places.content + range.upperBound, body)
    }
}
