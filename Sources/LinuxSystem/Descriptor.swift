import Glibc

/// A file descriptor that is closed when its owner goes.
public struct Descriptor: ~Copyable, Sendable {
    public let number: Int32

    /// Takes ownership of an open descriptor.
    public init(owning number: Int32) { self.number = number }

    /// Takes ownership of what a call answered, or throws if it answered −1.
    public init(_ call: @autoclosure () -> String, _ result: Int32) throws(SystemError) {
        self.number = try check(call(), result)
    }

    deinit { Glibc.close(number) }

    /// Gives ownership away without closing.
    public consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }
}
