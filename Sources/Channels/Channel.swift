public import IPv6
public import Timing

/// The life of one channel: idle → starting → sending → holding → idle.
///
/// It follows the forwarding suggestion of the routers, never a raw report (`listeners(on:)`), starts without delay and
/// stops only `holdTime` after the last listener's state has gone. With a command it sees to it that the program runs
/// while listeners exist and that there are never two copies of it.
public struct Channel: Sendable {
    public enum State: String, Sendable {
        case idle, starting, sending, holding, failed
    }

    public enum Action: Equatable, Sendable {
        /// Start the command and answer with `commandStarted` or `commandFailed`.
        case start
        /// Ask the command to end (SIGTERM); `commandEnded` follows when it has.
        case terminate
        /// End it (SIGKILL).
        case kill
        /// What watchers see has changed.
        case changed
        case started
        case stopped
        case failed
    }

    /// Restarts wait 0.1 s, doubling to 30 s; a run of 10 s starts over, and so does a listener who comes after the wait.
    static let firstBackOff = Duration.milliseconds(100)
    static let lastBackOff = Duration.seconds(30)
    static let steadyRun = Duration.seconds(10)

    public let configuration: ChannelConfiguration
    public private(set) var state = State.idle
    /// The interfaces with listeners.
    public private(set) var interfaces: MIFSet = []
    /// With a command: how often it was started, or was to be and could not. Without: how often sending began.
    public private(set) var starts = 0
    public private(set) var lastStart: Instant?
    public private(set) var lastStop: Instant?
    public private(set) var lastError: String?
    public var watchers = 0

    /// The command's own life: it may still be ending while the channel is idle or already wants it again.
    private enum Command: Equatable {
        case none
        case running(since: Instant)
        case ending
    }

    private var command = Command.none
    private var backOff = Channel.firstBackOff
    private var holdEnd: Instant?
    private var restartAt: Instant?
    /// The end of the last wait, whether anybody listened for all of it or not.
    private var earliestStart = Instant(nanoseconds: 0)
    private var killAt: Instant?

    public init(_ configuration: ChannelConfiguration) { self.configuration = configuration }

    public var nextDeadline: Instant? {
        [holdEnd, restartAt, killAt].compactMap { $0 }.min()
    }

    /// Whether a program of this channel exists, so that the agent must wait for it before it ends.
    public var hasCommandProcess: Bool { command != .none }

    // MARK: inputs

    /// The interfaces on which the channel's group (and source) is forwarded to listeners.
    public mutating func listeners(on set: MIFSet, at now: Instant, into actions: inout [Action]) {
        guard set != interfaces else { return }
        let hadListeners = !interfaces.isEmpty
        interfaces = set
        switch (hadListeners, !set.isEmpty) {
        case (false, true): begin(at: now, into: &actions)
        case (true, false): end(at: now, into: &actions)
        default: break
        }
        actions.append(.changed)
    }

    public mutating func commandStarted(at now: Instant, into actions: inout [Action]) {
        command = .running(since: now)
        if state == .starting || state == .failed { state = .sending }
        actions.append(.changed)
    }

    /// The program could not be started at all.
    public mutating func commandFailed(_ reason: String, at now: Instant, into actions: inout [Action]) {
        command = .none
        retry(after: reason, isFailure: true, at: now, into: &actions)
    }

    /// The program has ended, asked to or not. `failure` says how if that was not exit code 0.
    public mutating func commandEnded(failure: String?, at now: Instant, into actions: inout [Action]) {
        let ended = command
        command = .none
        killAt = nil
        if case .running(let since) = ended {
            if now - since >= Self.steadyRun { backOff = Self.firstBackOff }
            if state == .holding {  // nobody listens any more: it may rest
                holdEnd = nil
                stop(at: now, into: &actions)
                return
            }
            retry(after: failure ?? "the command ended by itself", isFailure: failure != nil, at: now, into: &actions)
        } else if state == .starting && restartAt == nil {
            startCommand(&actions)  // it was wanted again while it was still ending
        }
    }

    public mutating func advance(to now: Instant, into actions: inout [Action]) {
        if let holdEnd, holdEnd <= now {
            self.holdEnd = nil
            stop(at: now, into: &actions)
        }
        if let restartAt, restartAt <= now {
            self.restartAt = nil
            state = .starting
            startCommand(&actions)
            actions.append(.changed)
        }
        if let killAt, killAt <= now {
            self.killAt = nil
            actions.append(.kill)
        }
    }

    /// The agent ends: the command is asked to end now, whatever hold times say.
    public mutating func shutDown(at now: Instant, into actions: inout [Action]) {
        interfaces = []
        holdEnd = nil
        if state != .idle { stop(at: now, into: &actions) }
    }

    // MARK: steps

    private mutating func begin(at now: Instant, into actions: inout [Action]) {
        if state == .holding {  // the sender never stopped
            holdEnd = nil
            state = .sending
            return
        }
        lastStart = now
        if configuration.command == nil {
            starts += 1
            state = .sending
        } else if now < earliestStart {  // listeners who come and go must not make a failing command start faster
            state = lastError == nil ? .starting : .failed
            restartAt = earliestStart
        } else {
            backOff = Self.firstBackOff
            state = .starting
            if command == .none { startCommand(&actions) }
        }
        actions.append(.started)
    }

    private mutating func startCommand(_ actions: inout [Action]) {
        starts += 1
        actions.append(.start)
    }

    private mutating func end(at now: Instant, into actions: inout [Action]) {
        guard state == .sending else {  // starting or failed: nothing is being sent that could be held
            stop(at: now, into: &actions)
            return
        }
        let shortest = (lastStart ?? now) + configuration.minimumRunTime
        let holdEnd = max(now + configuration.holdTime, shortest)
        if holdEnd <= now {
            stop(at: now, into: &actions)
        } else {
            state = .holding
            self.holdEnd = holdEnd
        }
    }

    private mutating func stop(at now: Instant, into actions: inout [Action]) {
        state = .idle
        lastStop = now
        restartAt = nil
        if case .running = command {
            command = .ending
            killAt = now + configuration.stopTimeout
            actions.append(.terminate)
        }
        actions.append(.stopped)
        actions.append(.changed)
    }

    private mutating func retry(after reason: String, isFailure: Bool, at now: Instant, into actions: inout [Action]) {
        lastError = isFailure ? reason : nil
        guard !interfaces.isEmpty else {
            if state != .idle { stop(at: now, into: &actions) }
            return
        }
        restartAt = now + backOff
        earliestStart = now + backOff
        backOff = min(backOff * 2, Self.lastBackOff)
        state = isFailure ? .failed : .starting
        if isFailure { actions.append(.failed) }
        actions.append(.changed)
    }
}
