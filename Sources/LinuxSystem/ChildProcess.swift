import CLinux
import Glibc

/// A program that this process started, with a descriptor that becomes readable when it ends.
public struct ChildProcess: ~Copyable, Sendable {
    public let pid: pid_t
    /// Readable (epoll) once the program has ended.
    public let pidfd: Descriptor

    /// How a program ended.
    public enum Exit: Equatable, Sendable, CustomStringConvertible {
        case code(Int32)
        case signal(Int32)

        public var description: String {
            switch self {
            case .code(let code): "exited with code \(code)"
            case .signal(let number): "ended by signal \(number) (\(String(cString: strsignal(number))))"
            }
        }
    }

    /// Where the standard descriptors go; nil: where the parent's go.
    public struct Options: Sendable {
        public var standardInput: Int32?
        public var standardOutput: Int32?
        public var standardError: Int32?
        /// Sent to the child when the thread that started it ends.
        public var parentDeathSignal: Int32?
        /// A network namespace descriptor to enter before the program starts.
        public var networkNamespace: Int32?
        public var newProcessGroup = false
        public init() {}
    }

    /// Starts `arguments[0]`, searched in PATH unless it holds a slash; no shell is involved.
    ///
    /// - Throws: the errno of fork or, if the program could not be executed, of exec.
    public init(_ arguments: [String], environment: [String: String]? = nil, options: Options = Options())
        throws(SystemError)
    {
        guard let program = arguments.first else { throw SystemError("spawn", errno: EINVAL) }
        var raw = lc_spawn_options(
            standard_input: options.standardInput ?? -1, standard_output: options.standardOutput ?? -1,
            standard_error: options.standardError ?? -1, parent_death_signal: options.parentDeathSignal ?? 0,
            network_namespace: options.networkNamespace ?? -1, new_process_group: options.newProcessGroup ? 1 : 0)
        let variables = environment.map { $0.map { "\($0.key)=\($0.value)" } }
        let pid = withCStrings(arguments) { argv in
            guard let variables else { return lc_spawn(argv, lc_environ(), &raw) }
            return withCStrings(variables) { envp in lc_spawn(argv, envp, &raw) }
        }
        let started = try check("start \(program)", pid)
        do throws(SystemError) {
            pidfd = try Descriptor("pidfd_open", lc_pidfd_open(started))
        } catch {  // no descriptor left: nobody would ever see its end
            kill(started, SIGKILL)
            waitpid(started, nil, 0)
            throw error
        }
        self.pid = started
    }

    /// Sends a signal; a program that has ended already is not an error.
    public func send(signal: Int32) { kill(pid, signal) }

    /// Sends a signal to the program and all that it started and did not move elsewhere. Only for one started with
    /// `newProcessGroup`, and only until it is reaped: its id is not its own after that.
    public func sendToGroup(signal: Int32) { kill(-pid, signal) }

    /// How the program ended, or nil while it still runs. Call until it answers, to let the kernel forget the process.
    public func reap() -> Exit? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        return Exit(status: status)
    }

    /// Waits for the end of the program.
    public func wait() -> Exit {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return Exit(status: status)
    }
}

extension ChildProcess.Exit {
    init(status: Int32) {
        self = lc_exited(status) != 0 ? .code(lc_exit_code(status)) : .signal(lc_term_signal(status))
    }
}

/// Runs `body` with a NULL-terminated array of C strings.
private func withCStrings<R>(_ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R)
    -> R
{
    let copies = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    var pointers = copies
    return pointers.withUnsafeMutableBufferPointer { buffer in
        // The array is never empty: it ends with nil.
        body(buffer.baseAddress.unsafelyUnwrapped)
    }
}
