import EventLoop
import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
import Logging
import Synchronization
import Testing
import UpdateTransport

@testable import UpdateAgent

/// Two ends of a virtual Ethernet, `va` (2001:db8::1, ::2) and `vb`, in a network namespace of their own.
final class UpdateLink: Sendable {
    private let namespace: NetworkNamespace

    init(mtu: Int = 1_500) throws {
        namespace = try NetworkNamespace.anonymous()
        // No duplicate address detection, so link-local addresses work at once.
        for scope in ["all", "default"] { try sysctl("net/ipv6/conf/\(scope)/accept_dad", "0") }
        try ip("link", "set", "lo", "up")
        try ip("link", "add", "va", "mtu", "\(mtu)", "type", "veth", "peer", "name", "vb", "mtu", "\(mtu)")
        try ip("link", "set", "va", "up")
        try ip("link", "set", "vb", "up")
        try ip("addr", "add", "2001:db8::1/64", "dev", "va", "nodad")
        try ip("addr", "add", "2001:db8::2/64", "dev", "va", "nodad")
        try waitUntilRunning("va", "vb")
    }

    /// The kernel tells of a carrier a while after it is there, a second and more on a busy machine.
    func waitUntilRunning(_ interfaces: String...) throws {
        for _ in 0..<1_000 {
            let running = try perform { try InterfaceChoice.usable() }
            if interfaces.allSatisfy(running.contains) { return }
            usleep(10_000)
        }
        Issue.record("\(interfaces) do not come up")
    }

    func ip(_ arguments: String...) throws { try ip(arguments) }

    func ip(_ arguments: [String]) throws {
        var options = ChildProcess.Options()
        options.networkNamespace = namespace.descriptor.number
        try #require(try ChildProcess(["ip", "-6"] + arguments, options: options).wait() == .code(0))
    }

    /// Sets a value below /proc/sys.
    func sysctl(_ name: String, _ value: String) throws {
        try perform {
            let path = "/proc/sys/\(name)"
            let file = try Descriptor("open \(path)", open(path, O_WRONLY | O_CLOEXEC))
            try check("write \(path)", Int32(write(file.number, value, value.utf8.count)))
        }
    }

    /// Starts a program in it.
    func start(_ arguments: [String], output: Int32? = nil, errors: Int32? = nil) throws -> ChildProcess {
        var options = ChildProcess.Options()
        options.networkNamespace = namespace.descriptor.number
        options.standardOutput = output
        options.standardError = errors
        return try ChildProcess(arguments, options: options)
    }

    func perform<R>(_ body: () throws -> R) throws -> R { try namespace.perform(body) }

    /// Runs a sender until `stop` of what is returned.
    func send(_ options: SendOptions) throws -> Running<SendReport> {
        try Running { [self] loop, report in
            try perform {
                try SendAgent(options, on: loop, log: quiet, report: report).run(handlingSignals: false)
                return true
            }
        }
    }

    /// Runs a receiver on a thread of its own.
    func receive(_ options: ReceiveOptions) throws -> Running<ReceiveReport> {
        try Running { [self] loop, report in
            try perform { try ReceiveAgent(options, on: loop, log: quiet, report: report).run(handlingSignals: false) }
        }
    }
}

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// An agent on a thread of its own, and what it has told so far.
final class Running<Report: Sendable>: Sendable {
    private let loop: EpollLoop
    private let thread: Background
    private let state: Shared

    /// What the thread and the test both see.
    private final class Shared: Sendable {
        let reports = Mutex<[Report]>([])
        let result = Mutex<Result<Bool, any Error>?>(nil)
    }

    init(_ body: @escaping @Sendable (EpollLoop, @escaping (Report) -> Void) throws -> Bool) throws {
        let loop = try EpollLoop()
        let state = Shared()
        self.loop = loop
        self.state = state
        thread = Background {
            let result = Result { try body(loop) { report in state.reports.withLock { $0.append(report) } } }
            state.result.withLock { $0 = result }
        }
    }

    var reports: [Report] { state.reports.withLock { $0 } }

    /// Waits until it has ended: true if it was done, false if it was stopped.
    @discardableResult
    func wait() throws -> Bool {
        thread.join()
        return try #require(state.result.withLock { $0 }).get()
    }

    /// Stops it and waits.
    @discardableResult
    func stop() throws -> Bool {
        loop.stop()
        return try wait()
    }

    /// Waits until it has told something; fails after ten seconds.
    func wait(until condition: ([Report]) -> Bool) throws {
        try eventually { condition(reports) }
    }

    deinit {
        loop.stop()
        thread.join()
    }
}

/// Waits until something is so, ten seconds at most.
func eventually(_ condition: () -> Bool) throws {
    for _ in 0..<2_000 {
        if condition() { return }
        usleep(5_000)
    }
    try #require(condition(), "not so after ten seconds")
}

/// A thread; the pool of Swift's tasks is too small for agents that run for long.
final class Background: Sendable {
    private let thread: Mutex<pthread_t?>
    private let flag: Flag

    /// Set when the body has returned.
    private final class Flag: Sendable {
        let isSet = Atomic<Bool>(false)
    }

    init(_ body: @escaping @Sendable () -> Void) {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        let flag = Flag()
        self.flag = flag
        var started = pthread_t()
        pthread_create(
            &started, nil,
            { raw in
                if let raw { Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().body() }
                return nil
            },
            Unmanaged.passRetained(
                Box {
                    body()
                    flag.isSet.store(true, ordering: .releasing)
                }
            ).toOpaque())
        thread = Mutex(started)
    }

    /// Whether its body has returned.
    var hasEnded: Bool { flag.isSet.load(ordering: .acquiring) }

    /// Waits for its end; a second time it returns at once.
    func join() {
        let waiting = thread.withLock { $0.take() }
        if let waiting { pthread_join(waiting, nil) }
    }
}
