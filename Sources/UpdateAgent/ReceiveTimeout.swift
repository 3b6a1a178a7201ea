import UpdateTrust

/// What was missing at the timeout of an update that had been taken up, in words for the operator.
struct ReceiveTimeout {
    let received: Int
    let needed: Int
    /// Octets of its packets.
    let packetLength: Int
    /// Whether anything but its manifest was heard.
    let hasHeard: Bool
    let trouble: InterfaceTrouble?

    /// Packets of this size every link carries (RFC 8200 §5).
    private static let safeLength = 1_280

    var failure: UpdateFailure {
        let kept = "timed out with \(received) of \(needed) symbols; they are kept for the next attempt"
        if let trouble, !trouble.isPassing {
            return UpdateFailure(.timedOut, "\(kept); waiting for \(trouble.subject): \(trouble.advice)")
        }
        if hasHeard { return UpdateFailure(.timedOut, kept) }
        guard packetLength > Self.safeLength else {
            return UpdateFailure(
                .timedOut,
                "timed out; the manifest of an update was heard, and nothing else of it: does its sender go on?")
        }
        return UpdateFailure(
            .timedOut,
            "timed out; the manifest of an update was heard, but none of its packets of \(packetLength) octets: a link on the way may carry less; sign it with a smaller --mtu"
        )
    }
}

extension ReceiveTimeout {
    init(_ download: UpdateDownload, hasHeard: Bool, trouble: InterfaceTrouble?) {
        self.init(
            received: download.received, needed: download.needed,
            packetLength: download.manifest.layout.object.symbolSize + ObjectLayout.packetOverhead, hasHeard: hasHeard,
            trouble: trouble)
    }
}
