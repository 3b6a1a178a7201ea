import Logging
import Timing

/// A trouble that lasts, logged once and not each time that it is met again.
struct Complaint {
    private var text: String?
    private var quietUntil = Instant(nanoseconds: 0)

    /// How often a trouble that strangers can change is logged at most.
    private static let interval = Duration.seconds(10)

    /// Whether there is one.
    var isOpen: Bool { text != nil }

    mutating func raise(_ text: String, to log: Logger) {
        if self.text != text { log.warning("\(text)") }
        self.text = text
    }

    /// For a text that depends on what strangers send: they must not be able to fill the log.
    mutating func raise(_ text: String, at now: Instant, to log: Logger) {
        guard self.text != text, now >= quietUntil else { return }
        quietUntil = now + Self.interval
        raise(text, to: log)
    }

    mutating func settle() { text = nil }
}
