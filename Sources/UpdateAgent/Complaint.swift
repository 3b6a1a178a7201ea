import Logging

/// A trouble that lasts, logged once and not each time that it is met again.
struct Complaint {
    private var text: String?

    /// Whether there is one.
    var isOpen: Bool { text != nil }

    mutating func raise(_ text: String, to log: Logger) {
        if self.text != text { log.warning("\(text)") }
        self.text = text
    }

    mutating func settle() { text = nil }
}
