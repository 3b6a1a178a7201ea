import Glibc
import LinuxSystem
import RaptorQ

/// Makes an update file: hashes the file, then block by block copies it and hashes its source and repair symbols. Memory is
/// a few times a block's, whatever the file's size.
public struct UpdateFileWriter: ~Copyable {
    private let input: InputFile
    private let layout: HashLayout
    private let hash: FileHash

    /// Opens and hashes a file.
    ///
    /// - Parameters:
    ///   - symbolSize: octets of a symbol, see `ObjectLayout.symbolSize(mtu:)`.
    ///   - blockSymbols: symbols of a block; more only if the file would otherwise have more than 255 blocks.
    public init(input path: String, symbolSize: Int, blockSymbols: Int) throws(UpdateFileError) {
        let input = try InputFile(path: path)
        let layout: HashLayout
        do throws(LayoutError) {
            layout = try HashLayout(ObjectLayout(size: input.size, symbolSize: symbolSize, blockSymbols: blockSymbols))
        } catch {
            throw .layout(path, error)
        }
        let hasher = FileHasher()
        try input.forEachPiece(0..<input.size) { hasher.update($0) }
        try input.checkUnchanged()
        self.layout = layout
        hash = hasher.finish()
        self.input = input
    }

    /// Writes the update file, which appears at `output` when it is whole; only another update file is replaced.
    ///
    /// - Parameter sign: makes a manifest's envelope; called twice, the first time to see how long it is.
    /// - Returns: the manifest.
    public func write(
        to output: String, sequence: UInt64, label: UpdateLabel, notAfter: UTCTime?,
        sign: (UpdateManifest) -> SignedManifest
    ) throws(UpdateFileError) -> UpdateManifest {
        try checkReplaceable(output)
        func manifest(_ root: SymbolHash) -> UpdateManifest {
            UpdateManifest(
                layout: layout, hash: hash, root: root, sequence: sequence, label: label, notAfter: notAfter)
        }
        let draft = manifest(.zero)
        let places = UpdateFileLayout(object: layout.object, manifestLength: sign(draft).encoded.count)
        do {
            let file = try OutputFile(for: output)
            try file.reserve(places.length)
            var blocks = try BlockHashing(layout, object: draft.object)
            let copied = FileHasher()
            for block in 0..<layout.object.blockCount {
                try blocks.read(block, from: input)
                try blocks.makeLeaves(block)
                let content = blocks.symbols.span.bytes.extracting(first: blocks.contentLength)
                copied.update(content)
                try file.write(content, at: places.content + layout.object.extent(block: block, esi: 0).offset)
                try file.write(blocks.leaves.span.bytes, at: places.leaves(block, .source))
            }
            guard copied.finish() == hash else { throw UpdateFileError.changed(input.path) }
            let manifest = manifest(blocks.finish().root)
            let signed = sign(manifest).encoded
            try file.write((places.header + signed).span.bytes, at: 0)
            try file.publish()
            return manifest
        } catch let error as UpdateFileError {
            throw error
        } catch let error as SystemError {
            throw .system(error)
        } catch let error as RaptorQError {
            throw .code(error)
        } catch {
            throw .damaged(output, "\(error)")
        }
    }

    private func checkReplaceable(_ output: String) throws(UpdateFileError) {
        let number = open(output, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else {
            if errno == ENOENT { return }
            throw .system(SystemError("open \(output)"))
        }
        let descriptor = Descriptor(owning: number)
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(output) }
        var magic = [UInt8](repeating: 0, count: UpdateFileLayout.magic.count)
        do throws(SystemError) { _ = try descriptor.readAvailable(into: &magic, at: 0, output) } catch {
            throw .system(error)
        }
        // The file to sign may be an update file itself; it is not replaced all the same.
        guard magic == UpdateFileLayout.magic, !input.isSame(as: output) else { throw .wouldOverwrite(output) }
    }
}
