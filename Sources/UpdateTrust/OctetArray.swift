extension [UInt8] {
    /// Lets `body` write into the octets.
    mutating func withMutableBytes<Result, Failure>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var span = mutableSpan
        var bytes = span.mutableBytes
        return try body(&bytes)
    }
}
