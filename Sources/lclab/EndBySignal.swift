import Glibc
import NetworkLab

/// Cleans up when somebody ends the program with Ctrl-C or SIGTERM.
///
/// Namespaces and the programs in them go with the process; names, files and the terminal's state would stay.
struct EndBySignal: Sendable {
    private let cleanUp: @Sendable () -> Void

    init(_ cleanUp: @escaping @Sendable () -> Void) { self.cleanUp = cleanUp }

    /// To be called before any other thread is made, so that all of them leave the signals to the one that waits.
    func arm() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let cleanUp = cleanUp
        var thread = pthread_t()
        let box = Unmanaged.passRetained(
            Box { [signals] in
                var signals = signals
                var received: Int32 = 0
                while sigwait(&signals, &received) != 0 {}
                cleanUp()
                Laboratory.abandonAll()
                _exit(128 + received)
            })
        pthread_create(
            &thread, nil,
            { raw in
                if let raw { Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
    }

    private final class Box {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }
}
