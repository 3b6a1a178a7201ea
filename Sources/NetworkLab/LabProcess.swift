import CLinux
import Glibc
import LinuxSystem
import Timing

/// A program run by the lab, in the network namespace of a node, with its output caught line by line.
///
/// It ends with this value, and with the lab if that should be killed: nothing survives an experiment.
public final class LabProcess: Sendable {
    public enum Stream: Int, Sendable { case output, errors }

    private struct State {
        var pid: pid_t = 0
        var startError: SystemError?
        var exit: ChildProcess.Exit?
        var processorTime: Duration?
        var lines = [LineBuffer(), LineBuffer()]
    }

    public let command: String
    private let state = WaitableState(State())
    private let thread: LabThread

    /// Starts `arguments[0]` (searched in PATH unless it holds a slash) with `input` as its standard input.
    ///
    /// - Parameters:
    ///   - node: where it runs; nil: where the lab itself runs.
    ///   - environment: added to the lab's own.
    ///   - onLine: called with each line as it comes, on a thread of the lab's.
    /// - Throws: `SystemError` if the program cannot be started.
    public init(
        _ arguments: [String], on node: LabNode? = nil, environment: [String: String] = [:], input: String = "",
        onLine: (@Sendable (Stream, String) -> Void)? = nil
    ) throws {
        command = arguments.joined(separator: " ")
        let standardInput = try Self.memory(holding: input)
        let (output, outputEnd) = try Self.pipe()
        let (errors, errorsEnd) = try Self.pipe()
        let variables = environment.isEmpty ? nil : Self.inheritedEnvironment().merging(environment) { $1 }
        // The parent-death signal comes when the *thread* that forked ends, so that is a thread that outlives the child.
        thread = try LabThread { [state, standardInput, outputEnd, errorsEnd] stopping in
            defer { for descriptor in [output, errors] { close(descriptor) } }
            let ends = [standardInput, outputEnd, errorsEnd]
            var options = ChildProcess.Options()
            options.standardInput = standardInput
            options.standardOutput = outputEnd
            options.standardError = errorsEnd
            options.parentDeathSignal = SIGKILL
            options.networkNamespace = node?.namespaceDescriptor
            do throws(SystemError) {
                let child = try ChildProcess(arguments, environment: variables, options: options)
                for end in ends { close(end) }
                state.update { $0.pid = child.pid }
                Self.follow(child, output: output, errors: errors, stopping: stopping, state: state, onLine: onLine)
            } catch {
                for end in ends { close(end) }
                state.update { $0.startError = error }
            }
        }
        let failure = state.wait(until: .distantFuture) { state -> SystemError?? in
            if let error = state.startError { return .some(error) }
            return state.pid != 0 ? .some(nil) : nil
        }
        if let error = failure ?? nil { throw error }
    }

    deinit { send(signal: SIGKILL) }

    /// The program's process id, which stays valid as a name after it has ended.
    public var pid: pid_t { state.update { $0.pid } }

    /// How it ended; nil while it runs.
    public var exit: ChildProcess.Exit? { state.update { $0.exit } }

    /// The lines written so far (the last 20,000 of them), with an unfinished one at the end.
    public func lines(_ stream: Stream = .output) -> [String] { state.update { $0.lines[stream.rawValue].all } }

    /// All of a stream as one text.
    public func text(_ stream: Stream = .output) -> String { lines(stream).joined(separator: "\n") }

    /// User and system time of all its threads, so far or until it ended; nil if that cannot be known.
    public var processorTime: Duration? {
        state.update { $0.exit == nil ? ProcessUsage.processorTime(of: $0.pid) : $0.processorTime }
    }

    /// Sends a signal unless the program has ended.
    public func send(signal: Int32) {
        state.update { if $0.exit == nil && $0.pid != 0 { kill($0.pid, signal) } }
    }

    /// Waits for the end of the program; nil if it still runs then.
    public func wait(_ patience: Duration) -> ChildProcess.Exit? {
        state.wait(until: .now + patience) { $0.exit }
    }

    /// SIGTERM, and SIGKILL if that has not ended it in time.
    @discardableResult public func terminate(within patience: Duration = .seconds(5)) -> ChildProcess.Exit {
        send(signal: SIGTERM)
        if let exit = wait(patience) { return exit }
        send(signal: SIGKILL)
        return wait(.seconds(5)) ?? .signal(SIGKILL)
    }

    /// Waits for a line that `matches`, the lines written before included; nil if none came, or the program ended without.
    public func waitForLine(
        _ stream: Stream = .output, within patience: Duration, where matches: (String) -> Bool
    ) -> String? {
        var seen = 0
        return state.wait(until: .now + patience) { state -> String?? in
            let buffer = state.lines[stream.rawValue]
            for line in buffer.since(seen) where matches(line) { return .some(line) }
            seen = buffer.count
            return state.exit != nil ? .some(nil) : nil
        } ?? nil
    }

    /// Runs a program to its end.
    ///
    /// - Throws: `LabError.timedOut` if it takes longer than `patience`, and then it is killed.
    public static func run(
        _ arguments: [String], on node: LabNode? = nil, environment: [String: String] = [:], input: String = "",
        within patience: Duration = .seconds(30)
    ) throws -> (exit: ChildProcess.Exit, output: String, errors: String) {
        let process = try LabProcess(arguments, on: node, environment: environment, input: input)
        guard let exit = process.wait(patience) else { throw LabError.timedOut("the end of \(process.command)") }
        return (exit, process.text(.output), process.text(.errors))
    }
}

extension LabProcess {
    /// Reads the program's output until it has ended.
    private static func follow(
        _ child: borrowing ChildProcess, output: Int32, errors: Int32, stopping: Int32, state: WaitableState<State>,
        onLine: (@Sendable (Stream, String) -> Void)?
    ) {
        var open = [output, errors]
        let drain = { (stream: Stream) in
            let (octets, ended) = readAvailable(open[stream.rawValue])
            if ended { open[stream.rawValue] = -1 }
            guard !octets.isEmpty else { return }
            let complete = state.update { $0.lines[stream.rawValue].append(octets) }
            if let onLine { for line in complete { onLine(stream, line) } }
        }
        var killed = false
        while true {
            let ready = waitReadable(open + [child.pidfd.number, killed ? -1 : stopping])
            if ready[0] { drain(.output) }
            if ready[1] { drain(.errors) }
            if ready[3] {
                child.send(signal: SIGKILL)
                killed = true
            }
            guard ready[2] else { continue }
            drain(.output)
            drain(.errors)
            // Reaped under the lock, so that no signal goes to a process that has taken over the id.
            let ended = state.update { state in
                state.processorTime = ProcessUsage.processorTime(of: child.pid)
                state.exit = child.reap()
                return state.exit != nil
            }
            if ended { return }
        }
    }

    private static func readAvailable(_ descriptor: Int32) -> (octets: [UInt8], ended: Bool) {
        guard descriptor >= 0 else { return ([], false) }
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while octets.count < 1 << 20 {
            let count = read(descriptor, &buffer, buffer.count)
            if count > 0 {
                octets.append(contentsOf: buffer[..<count])
            } else if count < 0 && errno == EINTR {
                continue
            } else {
                return (octets, count == 0)
            }
        }
        return (octets, false)
    }

    private static func pipe() throws(SystemError) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        try check("pipe2", pipe2(&ends, O_CLOEXEC))
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return (ends[0], ends[1])
    }

    private static func memory(holding text: String) throws(SystemError) -> Int32 {
        let descriptor = try check("memfd_create", memfd_create("input", UInt32(MFD_CLOEXEC)))
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else {
                let error = SystemError("write \(text.utf8.count) octets of input")
                close(descriptor)
                throw error
            }
            rest = rest.dropFirst(count)
        }
        lseek(descriptor, 0, SEEK_SET)
        return descriptor
    }

    private static func inheritedEnvironment() -> [String: String] {
        var variables: [String: String] = [:]
        var next = lc_environ()
        while let entry = next?.pointee {
            let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            next = next?.advanced(by: 1)
        }
        return variables
    }
}
