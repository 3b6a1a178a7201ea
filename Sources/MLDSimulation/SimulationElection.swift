extension Simulation {
    /// One querier on a link, the lowest of the routers that hear each other. `isDue`: the time for agreeing ends now.
    func lookAtQuerier(of link: Int, isDue: Bool) {
        guard failure == nil, now >= links[link].electionCalm else { return }
        checkQuerier(of: link, side: false)
        if links[link].isCut { checkQuerier(of: link, side: true) }
    }

    private func checkQuerier(of link: Int, side: Bool) {
        var lowest: Int?
        var queriers: [Int] = []
        var running = 0
        for port in links[link].ports where ports[port].isRunning {
            if links[link].isCut && links[link].sides[ports[port].slot] != side { continue }
            running += 1
            if ports[port].machine.querier.isSelf { queriers.append(port) }
            if let other = lowest, ports[other].address.low < ports[port].address.low { continue }
            lowest = port
        }
        guard let lowest else { return }
        if running > 1 { counts[.oneQuerier] += 1 }
        if queriers == [lowest] { return }
        let names = queriers.map { name(ofPort: $0) }.joined(separator: " and ")
        fail(
            .oneQuerier, on: link,
            "on link \(link) \(names.isEmpty ? "nobody" : names) is querier, not \(name(ofPort: lowest)) alone")
    }

    /// The routers of a link need to agree anew.
    func disturbElection(of link: Int, until time: UInt64, for period: UInt64) {
        links[link].electionCalm = max(links[link].electionCalm, time + period)
        links[link].stopCalm = max(links[link].stopCalm, time + period)
        queue.add(.lookAtQuerier(link: link), at: links[link].electionCalm)
    }

    /// Somebody who is not there has claimed to be querier of a link.
    func expectQuerier(of link: Int) {
        // Messages that overtake each other are under way for up to forty times as long.
        let delay = links[link].bounds.delay * (now < links[link].reorderingUntil ? 40 : 1)
        links[link].pretenderUntil = now + delay + links[link].bounds.otherQuerier
        queue.add(.lookForPretender(link: link), at: links[link].pretenderUntil)
    }

    /// No router is silent any longer on the word of a packet that was made up.
    func lookForPretender(on link: Int) {
        guard failure == nil, now >= links[link].pretenderUntil else { return }
        for port in links[link].ports where ports[port].isRunning {
            counts[.notSilenced] += 1
            guard ports[port].machine.querier.address == Self.lowest else { continue }
            fail(.notSilenced, on: link, "\(name(ofPort: port)) still believes in a querier that was made up")
        }
    }
}
