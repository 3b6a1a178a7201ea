import CLinux
import Glibc
import LinuxSystem
import NetworkLab
import Testing
import Timing

/// An agent whose loop does not come round, for whatever reason.
@Suite("A stuck agent", .serialized, .needsNamespaces)
struct StuckAgentTests {
    /// Stops one thread of a process, and no other, until the process ends (ptrace(2)).
    private static let stopThread = """
        import ctypes, os, sys
        libc, pid = ctypes.CDLL(None, use_errno=True), int(sys.argv[1])
        seize, interrupt, all_children = 0x4206, 0x4207, 0x40000000
        for request in seize, interrupt:
            if libc.ptrace(request, pid, None, None) != 0: sys.exit(os.strerror(ctypes.get_errno()))
        os.waitpid(pid, all_children)
        print("stopped", flush=True)
        while not os.WIFEXITED(os.waitpid(pid, all_children)[1]): pass
        """

    @Test("SIGTERM ends it all the same, and what outlives a process is removed")
    func terminated() throws {
        let experiment = try Experiment()
        let router = experiment.router
        let links = { try experiment.network.router.perform { try index(of: "lcsrc0") != 0 } }
        #expect(try links())
        let tracer = try LabProcess(["python3", "-c", Self.stopThread, "\(router.process.pid)"])
        try #require(tracer.waitForLine(within: .seconds(10)) { $0 == "stopped" } != nil, "\(tracer.text(.errors))")
        router.process.send(signal: SIGTERM)
        #expect(router.process.wait(.seconds(15)) == .code(70))
        #expect(router.process.lines(.errors).last?.contains("the agent is stuck and does not stop") == true)
        #expect(access(router.control, F_OK) != 0)
        #expect(try !links())
    }

    @Test("the service manager's watchdog is fed for as long as the loop comes round")
    func watchdog() throws {
        let directory = try LabDirectory()
        let manager = try ServiceManager(directory.file("notify"))
        let network = try TwoLANs()
        let program = try LabPrograms.path(of: "lcrouted")
        let agent = try LabProcess(
            [program, "--control", directory.file("control"), "lan0"], on: network.router,
            environment: ["NOTIFY_SOCKET": directory.file("notify"), "WATCHDOG_USEC": "200000"])
        var states: [String] = []
        let fed = { states.count { $0 == "WATCHDOG=1" } }
        while fed() < 4, let state = manager.next() { states.append(state) }
        #expect(states.contains("READY=1"))
        #expect(fed() == 4)
        let tracer = try LabProcess(["python3", "-c", Self.stopThread, "\(agent.pid)"])
        try #require(tracer.waitForLine(within: .seconds(10)) { $0 == "stopped" } != nil, "\(tracer.text(.errors))")
        manager.discard()
        #expect(manager.next(within: .milliseconds(500)) == nil)
        agent.send(signal: SIGKILL)
    }
}

/// 0 if there is no interface of this name.
private func index(of name: String) throws -> UInt32 { if_nametoindex(name) }

/// The socket of sd_notify(3).
private final class ServiceManager {
    private let socket: Descriptor

    init(_ path: String) throws {
        socket = try Descriptor("socket", Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let number = socket.number
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, __CONST_SOCKADDR_ARG(__sockaddr__: $0), socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try check("bind \(path)", status)
    }

    /// nil if nothing comes in time.
    func next(within patience: Duration = .seconds(10)) -> String? {
        var ready = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
        guard poll(&ready, 1, Int32(patience / .milliseconds(1))) > 0 else { return nil }
        var octets = [UInt8](repeating: 0, count: 256)
        let count = recv(socket.number, &octets, octets.count, 0)
        return count < 0 ? nil : String(decoding: octets.prefix(count), as: UTF8.self)
    }

    /// Forgets what has come.
    func discard() { while next(within: .zero) != nil {} }
}
