// Which bound of a link holds for what, after all that has happened there.

extension Simulation {
    /// How long what is wanted may be missing on a port, if it begins now.
    func glitch(of port: Int, _ group: Int) -> UInt64 {
        let link = links[ports[port].link]
        let bounds = link.bounds
        let asked = bounds.lastListenerQueryTime + 4 * bounds.delay
        if let query = link.groups[group].lastQuery, let loss = link.lastLoss, query + asked > now, loss + asked > now {
            return bounds.nextAnswer
        }
        return ports[port].machine.querier.isSelf ? bounds.glitch : bounds.glitchOfOthers
    }

    /// By when a source must have ended that nobody has wanted for a while, and by which promise.
    func stopBound(since: UInt64, _ port: Int, _ group: Int) -> (deadline: UInt64, invariant: Invariant) {
        let link = links[ports[port].link]
        let bounds = link.bounds
        let history = link.groups[group]
        if since >= link.stopCalm && since >= history.roughUntil && !ports[port].isLimited {
            let isUnclear = link.plan.configuration.immediateLeave && history.isUnclear(at: since, bounds)
            let isAsked = !link.plan.configuration.immediateLeave || isUnclear
            let isQuerier = ports[port].machine.querier.isSelf
            if isAsked {
                // Only the querier asks, for what it knows itself. The others hear of no query where it knows by tracking, or
                // because messages crossed or were lost, what they do not. In EXCLUDE mode what BLOCK adds gets the time of the
                // filter timer, which the querier may have lowered and the others not yet.
                let isHeard =
                    link.plan.keepsOrder && link.plan.boundedLoss == 0 && !link.plan.configuration.immediateLeave
                let quiet = isQuerier ? 0 : bounds.stopInTime
                // Of a host that started anew and tells a long list, what it named before counts as wanted.
                let isListed = link.plan.configuration.immediateLeave && !isRecentlyShort(history, since, bounds)
                if isQuerier || isHeard, !isListed,
                    history.lastExclude.map({ $0 != .max && $0 + quiet <= since }) ?? true
                {
                    // What was unclear is asked about when the last repetition makes it clear.
                    let clear = since + (isUnclear ? bounds.repetition : 0)
                    return (clear + bounds.stopAfterQueries, .stoppedAfterQueries)
                }
            } else if link.plan.boundedLoss == 0,
                // Where messages cross, an answer may reach another router before the query after a leave, and then that
                // router has ended what a host still wants: it no longer knows all.
                isQuerier || link.plan.keepsOrder,
                isRecentlyShort(history, since, bounds)
            {
                return (since + bounds.stopAtOnce, .stoppedAtOnce)
            }
        }
        let from = max(since, link.troubleUntil, history.forgedUntil)
        return (from + bounds.stopInTime, .stoppedInTime)
    }

    /// Whether no host has had a list that may come in parts for so long that nothing is left of it.
    private func isRecentlyShort(_ history: SimulatedLink.Group, _ since: UInt64, _ bounds: LinkBounds) -> Bool {
        history.lastList.map { $0 != .max && $0 + bounds.stopInTime <= since } ?? true
    }
}
