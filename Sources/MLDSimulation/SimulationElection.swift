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
}
