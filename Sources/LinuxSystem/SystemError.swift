import Glibc

/// A system call that failed, with what was being attempted when it did.
public struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The call, and where it helps its object: `bind /run/lcroute/control`.
    public var call: String
    public var errno: Int32

    public init(_ call: String, errno: Int32) {
        self.call = call
        self.errno = errno
    }

    /// The error that errno holds now.
    public init(_ call: String) { self.init(call, errno: Glibc.errno) }

    public var description: String { "\(call): \(String(cString: strerror(errno)))" }
}

/// The result of a call that answers −1 on failure.
@discardableResult
@inlinable public func check(_ call: @autoclosure () -> String, _ result: Int32) throws(SystemError) -> Int32 {
    guard result >= 0 else { throw SystemError(call()) }
    return result
}
