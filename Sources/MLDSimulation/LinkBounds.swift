import MLD
import Timing

/// How long each thing may take on one link, in nanoseconds: from the configuration of its routers and from the plan.
struct LinkBounds: Sendable {
    /// The longest time that a message is under way.
    let delay: UInt64
    /// From a listener's wish until a router that hears it forwards.
    let join: UInt64
    /// How long a router may fail to forward what it did. Zero without loss. With it, the answer to the last specific query
    /// may come as late as a message takes to a listener and back after the state has gone (RFC 9777 §9.10).
    let glitch: UInt64
    /// The same for a router that is not querier. Where messages cross, an answer may come before the query, which then
    /// lowers the timer; it lasts until the next general query has been answered.
    let glitchOfOthers: UInt64
    /// Until the next general query has been answered.
    let nextAnswer: UInt64
    let lastListenerQueryTime: UInt64
    let lastListenerQuery: UInt64
    /// From a leave in a listener's name until that has answered the query that follows.
    let answer: UInt64
    /// From a router's start until it knows all that is wanted.
    let startSettle: UInt64
    /// From the end of any other trouble until all routers know all that is wanted.
    let settle: UInt64
    /// From a router's start until there is one querier.
    let electionAfterStart: UInt64
    /// From any other trouble until there is one querier.
    let election: UInt64
    /// From the leave of the last listener until nothing is forwarded, with all listeners tracked.
    let stopAtOnce: UInt64
    /// The same where listeners are asked.
    let stopAfterQueries: UInt64
    /// The same where nobody tells, or hosts are in EXCLUDE mode.
    let stopInTime: UInt64
    /// The multicast address listening interval.
    let listening: UInt64
    /// How long another querier is believed in after its last word.
    let otherQuerier: UInt64
    /// From the word of a querier that claims whatever it likes until what is reported to routers that believe it has ended.
    let toldListening: UInt64
    /// For how long after the last word of a querier a wish may come that ends before the next one has asked: only with the
    /// shorter listening interval of RFC 3810.
    let orphaned: UInt64
    /// How long a change is repeated.
    let repetition: UInt64
    /// The query interval.
    let query: UInt64

    init(_ link: SimulationPlan.Link, unsolicitedReportInterval: UInt64) {
        let configuration = link.configuration
        query = Self.nanoseconds(configuration.queryInterval)
        let response = Self.nanoseconds(configuration.queryResponseInterval)
        otherQuerier = Self.nanoseconds(configuration.otherQuerierPresentInterval)
        let repeats = UInt64(max(configuration.robustnessVariable, 1) - 1)
        let isLossy = link.boundedLoss > 0
        delay = link.delay.upperBound
        listening = Self.nanoseconds(configuration.multicastAddressListeningInterval)
        nextAnswer = query + response + 4 * delay + (isLossy ? repeats * query : 0)
        toldListening = otherQuerier + 7 * max(otherQuerier, query) + 2 * response
        repetition = repeats * unsolicitedReportInterval
        // What arrives at one instant is handled in some order, and looked at in between: the bound ends after it.
        join = delay + 1 + (isLossy ? repeats * unsolicitedReportInterval : 0)
        glitch = isLossy ? 2 * delay : 0
        glitchOfOthers = link.keepsOrder ? glitch : nextAnswer
        startSettle = response + 2 * delay + (isLossy ? (repeats + 1) * query : 0)
        settle = otherQuerier + query + response + 4 * delay
        electionAfterStart = response + 3 * delay + (isLossy ? (repeats + 1) * query : 0)
        election = otherQuerier + query + response + 4 * delay
        stopAtOnce = delay + 1
        orphaned = configuration.listeningInterval == .rfc3810 ? response / 2 + 4 * delay : 0
        lastListenerQuery = Self.nanoseconds(configuration.lastListenerQueryInterval)
        lastListenerQueryTime = Self.nanoseconds(configuration.lastListenerQueryTime)
        answer = lastListenerQuery + 3 * delay
        let repeatedLoss = repeats * unsolicitedReportInterval + lastListenerQueryTime
        // Of more leaves at one time the router puts some off.
        let putOff = link.hostCount > configuration.querySeriesPerGroup ? lastListenerQuery : 0
        stopAfterQueries = 2 * delay + lastListenerQueryTime + putOff + (isLossy ? repeatedLoss : 0)
        let olderHost = Self.nanoseconds(configuration.olderVersionHostPresentInterval)
        stopInTime = settle + listening + olderHost
    }

    private static func nanoseconds(_ duration: Duration) -> UInt64 { UInt64(max(duration.nanoseconds, 0)) }
}
