import CLinux
import Glibc
public import LinuxSystem

/// Signals as events of a loop (signalfd). They are blocked for the whole process first, so make this before any thread.
public struct LoopSignals: ~Copyable {
    private let loop: EpollLoop
    private let descriptor: Descriptor

    public init(_ signals: [Int32], on loop: EpollLoop, handler: @escaping (_ signal: Int32) -> Void)
        throws(SystemError)
    {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let descriptor = try Descriptor(
            "signalfd", signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK)))
        let number = descriptor.number
        try loop.watch(number) { _ in
            var info = signalfd_siginfo()
            // One at a time, however fast others send them: what else waits is reported again.
            guard read(number, &info, MemoryLayout.size(ofValue: info)) == MemoryLayout.size(ofValue: info) else {
                return
            }
            handler(Int32(info.ssi_signo))
        }
        self.loop = loop
        self.descriptor = descriptor
    }

    deinit { loop.unwatch(descriptor.number) }
}
