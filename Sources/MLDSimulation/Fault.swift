import IPv6
import MLD

/// Something that goes wrong. Each one ends by itself, so that it can be taken out of a plan alone.
///
/// Durations are in nanoseconds.
public enum Fault: Sendable {
    /// Messages on a link are lost, each with this likelihood.
    case storm(link: Int, loss: Double, lasting: UInt64)
    /// Messages on a link overtake each other.
    case reordering(link: Int, lasting: UInt64)
    /// A link falls into two parts; which node is in which follows from `cut`.
    case partition(link: Int, cut: UInt64, lasting: UInt64)
    /// A router loses its state and starts again after a while.
    case crash(router: Int, lasting: UInt64)
    /// One link of a router goes down and comes up again.
    case linkDown(router: Int, link: Int, lasting: UInt64)
    /// The clock of a router steps forward.
    case routerClockJump(router: Int, by: UInt64)
    case hostClockJump(host: Int, by: UInt64)
    /// Somebody on the link sends what no listener or router would.
    case attack(link: Int, Attack)

    /// The host that it concerns, if it concerns one.
    var host: Int? {
        switch self {
        case .hostClockJump(let host, _): host
        case .attack(_, let attack): attack.victim
        default: nil
        }
    }

    var router: Int? {
        switch self {
        case .crash(let router, _), .linkDown(let router, _, _), .routerClockJump(let router, _): router
        default: nil
        }
    }
}

/// What a hostile host sends.
public enum Attack: Sendable {
    /// A report from its own address: it may ask for anything, and has it forwarded.
    case join(group: Int, MLDRecordKind, SourceSet)
    /// Reports from its own address for this many groups of nobody.
    case flood(groups: Int, from: Int)
    /// A report in the name of another host.
    case forgedReport(host: Int, group: Int, MLDRecordKind, SourceSet)
    /// A leave in the name of another host: TO_IN or BLOCK with sources, or done where there is no kind.
    case forgedLeave(host: Int, group: Int, MLDRecordKind?, SourceSet)
    /// A version 1 report, or done, from its own address.
    case version1(group: Int, MLDv1Message.Kind)
    /// Octets that are no message, or a message that was damaged or came with the wrong headers.
    case garbage(seed: UInt64)
    /// A query of a router that loses the election, for a group and sources if any; `delay` in milliseconds.
    case higherQuery(group: Int?, SourceSet, delay: UInt32, suppress: Bool)
    /// A query of a router that wins the election, and is not heard again; what it claims is drawn from `seed`.
    case lowerQuery(seed: UInt64)

    var victim: Int? {
        switch self {
        case .forgedReport(let host, _, _, _), .forgedLeave(let host, _, _, _): host
        default: nil
        }
    }
}
