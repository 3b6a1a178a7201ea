import Glibc
import LinuxSystem
import UpdateTrust

/// Reads source symbols of a block back from the file in the making, in rising order, many at a time. What others write into
/// the file after `begin` it may not see.
final class SymbolReader {
    private let file: SharedFile
    private let layout: ObjectLayout
    private var block = 0
    private var buffer: [UInt8]
    /// The octets of the file that the buffer holds.
    private var held: Range<UInt64> = 0..<0

    init(_ file: SharedFile, _ layout: ObjectLayout) {
        self.file = file
        self.layout = layout
        buffer = Array(repeating: 0, count: max(layout.symbolSize, 1 << 18))
    }

    func begin(block: Int) {
        self.block = block
        held = 0..<0
    }

    /// Fills `target`, which has T octets; behind the end of the file with zeros.
    func read(_ esi: Int, into target: UnsafeMutableRawBufferPointer) throws(SystemError) {
        let (offset, length) = layout.extent(block: block, esi: esi)
        let end = offset + UInt64(length)
        if offset < held.lowerBound || end > held.upperBound {
            held = offset..<offset + UInt64(try file.read(into: &buffer, at: offset))
            guard end <= held.upperBound else { throw SystemError("read back \(file.path)", errno: EIO) }
        }
        let start = Int(offset - held.lowerBound)
        buffer.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + length])) }
        for index in length..<target.count { target[index] = 0 }
    }
}
