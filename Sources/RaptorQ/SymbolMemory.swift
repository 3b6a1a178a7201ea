import CRaptorQ

/// Octets for symbols, aligned to the unit in which kernels work; given back to the system with this.
final class SymbolMemory {
    static let unit = CRQ_UNIT
    let size: Int
    let octets: UnsafeMutablePointer<UInt8>

    /// `isFull` is for octets that will all be used at once.
    init(size: Int, isFull: Bool = false) throws(RaptorQError) {
        guard let octets = crq_allocate(size, isFull ? 1 : 0) else { throw .noMemory(size) }
        self.size = size
        self.octets = octets
    }

    deinit { crq_free(octets, size) }
}
