import CLibCBOR

/// Reads CBOR item by item with libcbor's streaming decoder, which allocates nothing: lengths are compared with what is
/// there before anything is believed.
struct CBORReader {
    /// One item; of arrays and maps the beginning.
    enum Item: Equatable {
        case unsigned(UInt64)
        /// −1 − the value.
        case negative(UInt64)
        case bytes(Range<Int>)
        case text(Range<Int>)
        case array(Int)
        case map(Int)
        /// What no manifest holds: tags, floating point, simple values, indefinite lengths.
        case other
    }

    struct Malformed: Error, Equatable {
        let offset: Int
    }

    private let octets: [UInt8]
    private(set) var offset: Int

    /// - Parameter offset: where to begin, at most the number of octets.
    init(_ octets: [UInt8], from offset: Int = 0) {
        self.octets = octets
        self.offset = offset
    }

    var isAtEnd: Bool { offset == octets.count }

    subscript(range: Range<Int>) -> ArraySlice<UInt8> { octets[range] }

    mutating func next() throws(Malformed) -> Item {
        var found = Found()
        let (result, length) = octets[offset...].withUnsafeBufferPointer { rest in
            found.base = rest.baseAddress
            var callbacks = Self.callbacks
            let result = withUnsafeMutablePointer(to: &found) {
                cbor_stream_decode(rest.baseAddress, rest.count, &callbacks, $0)
            }
            return (result, rest.count)
        }
        guard result.status == CBOR_DECODER_FINISHED, 1...length ~= result.read else { throw Malformed(offset: offset) }
        let start = offset
        offset += result.read
        return switch found.item {
        case .bytes(let range): .bytes(start + range.lowerBound..<start + range.upperBound)
        case .text(let range): .text(start + range.lowerBound..<start + range.upperBound)
        case let item: item
        }
    }

    /// What the callbacks leave; ranges count from the item's start.
    private struct Found {
        var item = Item.other
        var base: UnsafePointer<UInt8>?

        static func set(_ context: UnsafeMutableRawPointer?, _ item: Item) {
            context?.assumingMemoryBound(to: Found.self).pointee.item = item
        }

        static func range(
            _ context: UnsafeMutableRawPointer?, _ data: UnsafePointer<UInt8>?, _ count: Int
        ) -> Range<Int> {
            guard let data, let base = context?.assumingMemoryBound(to: Found.self).pointee.base else { return 0..<0 }
            return data - base..<data - base + count
        }
    }

    private static var callbacks: cbor_callbacks {
        var callbacks = cbor_callbacks()
        callbacks.uint8 = { Found.set($0, .unsigned(UInt64($1))) }
        callbacks.uint16 = { Found.set($0, .unsigned(UInt64($1))) }
        callbacks.uint32 = { Found.set($0, .unsigned(UInt64($1))) }
        callbacks.uint64 = { Found.set($0, .unsigned($1)) }
        callbacks.negint8 = { Found.set($0, .negative(UInt64($1))) }
        callbacks.negint16 = { Found.set($0, .negative(UInt64($1))) }
        callbacks.negint32 = { Found.set($0, .negative(UInt64($1))) }
        callbacks.negint64 = { Found.set($0, .negative($1)) }
        callbacks.byte_string = { Found.set($0, .bytes(Found.range($0, $1, $2))) }
        callbacks.string = { Found.set($0, .text(Found.range($0, $1, $2))) }
        callbacks.array_start = { Found.set($0, Int(exactly: $1).map { .array($0) } ?? .other) }
        callbacks.map_start = { Found.set($0, Int(exactly: $1).map { .map($0) } ?? .other) }
        // A callback that is missing would be called all the same.
        callbacks.tag = { _, _ in }
        callbacks.byte_string_start = { _ in }
        callbacks.string_start = { _ in }
        callbacks.indef_array_start = { _ in }
        callbacks.indef_map_start = { _ in }
        callbacks.indef_break = { _ in }
        callbacks.undefined = { _ in }
        callbacks.null = { _ in }
        callbacks.boolean = { _, _ in }
        callbacks.float2 = { _, _ in }
        callbacks.float4 = { _, _ in }
        callbacks.float8 = { _, _ in }
        return callbacks
    }
}
