import EventLoop
import LinuxSystem
import RouterControl
import Timing
import UpdateTransport

/// Holds `WatchChannel` open on a router agent and opens it again whenever it ends.
final class ChannelWatch {
    enum Event {
        /// What the agent says about the channel.
        case channel(WatchedChannel)
        /// The connection could not be made, or is gone; another attempt follows after the delay.
        case lost(reason: String, retry: Duration)
    }

    /// Why there is no stream.
    struct Loss: Error {
        var reason: String
        var failure: ReconnectDelay.Failure
    }

    /// An open stream, which ends with the value.
    typealias Stream = AnyObject
    /// Opens the stream. `onEnd` is called once, and not after a throw.
    typealias Open = (
        _ onReply: @escaping (WatchedChannel) -> Void, _ onEnd: @escaping (Loss) -> Void
    ) throws(Loss) -> any Stream

    private let open: Open
    private let onEvent: (Event) -> Void
    private var stream: (any Stream)?
    private var timer: LoopTimer?
    private var delay = ReconnectDelay()

    /// - Parameter onEvent: called on the loop; not any more once the watch is gone.
    init(on loop: EpollLoop, open: @escaping Open, onEvent: @escaping (Event) -> Void) throws(SystemError) {
        self.open = open
        self.onEvent = onEvent
        timer = try LoopTimer(on: loop) { [weak self] in
            self?.timer?.fired()
            self?.connect()
        }
    }

    /// Connects now, and for as long as the watch lives.
    func connect() {
        do throws(Loss) {
            stream = try open(
                { [weak self] channel in
                    self?.delay.succeeded()
                    self?.onEvent(.channel(channel))
                }, { [weak self] in self?.lost($0) })
        } catch {
            lost(error)
        }
    }

    private func lost(_ loss: Loss) {
        stream = nil
        let wait = delay.next(after: loss.failure)
        timer?.arm(at: .now + wait)
        onEvent(.lost(reason: loss.reason, retry: wait))
    }
}

extension ChannelStatus {
    /// The hold time; nil also where it can be none.
    var holdDuration: Duration? { holdTime.flatMap { (0...86_400).contains($0) ? .seconds($0) : nil } }
}
