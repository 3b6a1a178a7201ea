import CLinux
import Glibc

/// A network namespace, held open. Sockets made inside `perform` stay in it for life.
public struct NetworkNamespace: ~Copyable, Sendable {
    public let descriptor: Descriptor

    /// Opens the namespace that `ip netns add NAME` made.
    public init(named name: String) throws(SystemError) {
        let path = "/run/netns/\(name)"
        descriptor = try Descriptor("open \(path)", open(path, O_RDONLY | O_CLOEXEC))
    }

    /// Makes a new namespace without a name, which lasts as long as this value or anything in it.
    public static func anonymous() throws(SystemError) -> NetworkNamespace {
        let made = onOwnThread { () throws(SystemError) -> Int32 in
            try check("unshare", unshare(CLONE_NEWNET))
            return try check("open /proc/thread-self/ns/net", open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC))
        }
        return NetworkNamespace(owning: Descriptor(owning: try made.get()))
    }

    private init(owning descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Runs `body` on a thread of its own inside the namespace and waits for it.
    public func perform<R>(_ body: () throws -> R) throws -> R {
        let number = descriptor.number
        return try onOwnThread {
            try check("setns", setns(number, CLONE_NEWNET))
            return try body()
        }.get()
    }
}

/// Runs `body` on a new thread, which ends with it, and waits: namespaces belong to threads.
private func onOwnThread<R, E: Error>(_ body: () throws(E) -> R) -> Result<R, E> {
    withoutActuallyEscaping(body) { body in
        let box = ThreadBox<R, E>(body)
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(box)
        let status = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<AnyThreadBox>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        // Running the body here instead would move the caller itself into the namespace.
        precondition(status == 0, "no thread to enter a network namespace with: \(String(cString: strerror(status)))")
        pthread_join(thread, nil)
        return box.result.unsafelyUnwrapped
    }
}

private class AnyThreadBox {
    func run() {}
}

private final class ThreadBox<R, E: Error>: AnyThreadBox {
    private let body: () throws(E) -> R
    var result: Result<R, E>?
    init(_ body: @escaping () throws(E) -> R) { self.body = body }

    override func run() {
        do { result = .success(try body()) } catch { result = .failure(error) }
    }
}
