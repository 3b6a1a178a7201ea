import UpdateTransport

/// Hashes a received file a piece at a time, so that the loop can look after other things in between.
struct FileVerification: ~Copyable {
    private let hasher = ContentHasher()
    private var offset: UInt64 = 0
    private let size: UInt64
    private var buffer = [UInt8](repeating: 0, count: 1 << 20)

    init(size: UInt64) { self.size = size }

    /// Everything has been read.
    var isDone: Bool { offset >= size }

    /// Reads the next piece, 1 MiB at most.
    mutating func step(_ file: borrowing PartialFile) throws {
        guard !isDone else { return }
        let count = Int(min(UInt64(buffer.count), size - offset))
        let got = min(try file.read(at: offset, into: &buffer), count)
        guard got > 0 else { throw UpdateFailure(.failed, "\(file.path): what was written cannot be read back") }
        hasher.update(buffer.span.bytes.extracting(first: got))
        offset += UInt64(got)
    }

    consuming func finish() -> ContentHash { hasher.finish() }
}
