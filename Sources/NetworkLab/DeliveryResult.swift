import Timing

/// What one delivery has cost.
struct DeliveryResult: Sendable {
    /// Receivers with a whole file, and those whose file is not what was sent.
    var complete = 0
    var wrong = 0
    /// Octets that the senders' interfaces have sent until the last receiver needed no more: it has left the group or,
    /// if its program does not tell so, has the file.
    var sentOctets = 0
    /// From the start of the sender's process to the last whole file.
    var elapsed = Duration.zero
    /// The same from when 64 kB had been sent: without preparations.
    var transfer = Duration.zero
    /// From the last symbol that a receiver needed to its whole file, the longest.
    var finishing = Duration.zero
    /// Of the late receivers: from the start of the process to the whole file, and octets sent while one was a member; the most.
    var lateElapsed = Duration.zero
    var lateOctets = 0
    /// Of all senders, and of one receiver in the mean.
    var senderProcessorTime = Duration.zero
    var receiverProcessorTime = Duration.zero
    /// Octets resident at most, of the largest.
    var senderMemory = 0
    var receiverMemory = 0
    /// Packets forged by the intruder, and what a receiver says that it refused, at least.
    var forged = 0
    var rejected: Int?
    /// What a program said that failed.
    var complaint: String?
}
