import IPv6
import UpdateTrust

/// What was heard until the timeout while there was nothing to receive, in words for the operator.
struct ReceiveSilence {
    let group: IPv6Address
    let port: UInt16
    let interface: String?
    /// What is wrong with it.
    let trouble: InterfaceTrouble?
    /// Why manifests were refused, if any were.
    let refusal: ManifestRefusal?
    /// Packets of updates without a manifest, and those of no known form.
    let early: UInt64
    let malformed: UInt64

    var failure: UpdateFailure {
        let place = "[\(group)]:\(port)" + (interface.map { " on \($0)" } ?? "")
        if let refusal {
            return UpdateFailure(.unverifiable, "timed out; what is sent to \(place) is not taken: \(refusal)")
        }
        if early > 0 {
            return UpdateFailure(
                .timedOut, "timed out; an update was heard from \(place), but not its manifest; try again")
        }
        guard malformed == 0 else {
            return UpdateFailure(
                .timedOut,
                "timed out; nothing but \(malformed) packets of another kind heard from \(place): something else uses this group and port"
            )
        }
        if let trouble {
            return UpdateFailure(
                .timedOut,
                "timed out; nothing heard from [\(group)]:\(port), waiting for \(trouble.subject): \(trouble.advice)")
        }
        return UpdateFailure(
            .timedOut,
            "timed out; nothing heard from \(place): is there a sender, and do routers forward the group to here?")
    }
}
