/// Where things are in an update file:
///
///     "LCU1" ‖ octets of the manifest u32 ‖ manifest (COSE_Sign1, or bare) ‖ all leaves, block by block, 16 octets for
///     each of its 2·K encoding symbols ‖ the file
struct UpdateFileLayout {
    let object: ObjectLayout
    /// Octets of the signed manifest.
    let manifestLength: Int

    static let magic: [UInt8] = Array("LCU1".utf8)
    static let headerLength = 8

    /// What stands before the manifest.
    var header: [UInt8] {
        let length = UInt32(truncatingIfNeeded: manifestLength)
        return Self.magic + stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: length >> $0) }
    }

    /// Where the leaves of a half of a block begin.
    func leaves(_ block: Int, _ half: WindowHalf) -> UInt64 {
        let before = ObjectLayout.windowFactor * object.firstSymbol(block)
        let symbols = before + (half == .source ? 0 : object.sourceSymbols(block))
        return UInt64(Self.headerLength + manifestLength + symbols * SymbolHash.length)
    }

    /// Where the file begins.
    var content: UInt64 {
        let leaves = ObjectLayout.windowFactor * object.symbolCount * SymbolHash.length
        return UInt64(Self.headerLength + manifestLength + leaves)
    }

    /// Octets of the whole update file.
    var length: UInt64 { content + object.size }
}
