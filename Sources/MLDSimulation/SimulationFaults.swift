import MLD
import SeededRandom

extension Simulation {
    func perform(_ action: SimulationPlan.Action) {
        switch action {
        case .want(let number, let group, let wish):
            if let host = hostPositions[number] { want(wish, of: group, host: host) }
        case .vanish(let number):
            if let host = hostPositions[number] { vanish(host) }
        case .fault(let fault): perform(fault)
        }
    }

    // MARK: hosts

    private func want(_ wish: Wish, of group: Int, host: Int) {
        let link = hosts[host].link
        note("host \(hosts[host].number) wants \(wish) of \(plan.groups[group])")
        links[link].groups[group].noteLeave(at: now)
        if hosts[host].wish(of: group).mode != wish.mode { links[link].groups[group].lastModeChange = now }
        hosts[host].want(
            wish, of: group, plan.groups[group], all: all, sourceCount: plan.sourceCount, at: now, into: &hostActions)
        links[link].groups[group].hosts.removeAll { $0 == host }
        if !wish.isNothing { links[link].groups[group].hosts.append(host) }
        if hosts[host].version == .mldv1 { roughen(link, group) }
        noteModes(link, group)
        // The wish is known to the invariants before its report goes out.
        lookAtPorts(of: link, group)
        finish(host: host)
    }

    private func vanish(_ host: Int) {
        guard hosts[host].isOn else { return }
        let link = hosts[host].link
        note("host \(hosts[host].number) vanishes")
        let groups = hosts[host].desires.map(\.group)
        hosts[host].vanish(in: links[link].plan)
        for group in groups {
            links[link].groups[group].hosts.removeAll { $0 == host }
            roughen(link, group)
            noteModes(link, group)
            lookAtPorts(of: link, group)
        }
        // What it is known for may stay with its next life.
        for group in plan.groups.indices { roughen(link, group) }
    }

    private func lookAtPorts(of link: Int, _ group: Int) {
        for port in links[link].ports { look(at: port, group) }
    }

    /// The short bounds for stopping do not hold until all that is known now has ended by itself.
    func roughTime(_ link: Int) -> UInt64 { now + links[link].bounds.stopInTime }

    func roughen(_ link: Int, _ group: Int) {
        links[link].groups[group].roughUntil = max(links[link].groups[group].roughUntil, roughTime(link))
    }

    private func noteModes(_ link: Int, _ group: Int) {
        var isExcluding = false
        var isListing = false
        for host in links[link].groups[group].hosts {
            let wish = hosts[host].wish(of: group)
            if wish.mode == .exclude { isExcluding = true }
            if wish.mode == .exclude && !wish.listed.isEmpty || wish.listed.count >= 30 { isListing = true }
        }
        Self.note(&links[link].groups[group].lastExclude, isExcluding, at: now)
        Self.note(&links[link].groups[group].lastList, isListing, at: now)
    }

    private static func note(_ last: inout UInt64?, _ isSo: Bool, at now: UInt64) {
        if isSo { last = .max } else if last == .max { last = now }
    }

    // MARK: routers

    func start(_ router: Int) {
        guard !routers[router].isOn, routers[router].offUntil <= now else { return }
        routers[router].isOn = true
        for port in routers[router].ports where ports[port].downUntil <= now { begin(port) }
    }

    func bringUp(_ port: Int) {
        guard routers[ports[port].router].isOn, ports[port].downUntil <= now, !ports[port].isRunning else { return }
        begin(port)
    }

    private func begin(_ port: Int) {
        let link = ports[port].link
        let bounds = links[link].bounds
        ports[port].calmSince = max(ports[port].calmSince, now)
        ports[port].safeFrom = max(ports[port].safeFrom, now + bounds.startSettle)
        links[link].troubleUntil = max(links[link].troubleUntil, now)
        disturbElection(of: link, until: now, for: max(bounds.electionAfterStart, bounds.startSettle))
        run(port)
    }

    private func crash(_ router: Int, until time: UInt64) {
        note("router \(routers[router].number) crashes")
        routers[router].isOn = false
        routers[router].offUntil = max(routers[router].offUntil, time)
        for port in routers[router].ports {
            ports[port].reset(in: plan)
            sabotageConfiguration(of: ports[port])
            loseRouter(on: ports[port].link)
        }
        queue.add(.start(router: router), at: routers[router].offUntil)
    }

    private func takeDown(_ port: Int, until time: UInt64) {
        ports[port].downUntil = max(ports[port].downUntil, time)
        queue.add(.linkUp(port: port), at: ports[port].downUntil)
        guard ports[port].isRunning else { return }
        note("link \(ports[port].link) of router \(ports[port].routerNumber) goes down")
        let instant = localTime(of: port)
        ports[port].machine.stop(at: instant, into: &routerActions)
        ports[port].model?.stop()
        routerActions.removeAll(keepingCapacity: true)
        ports[port].forgetWatches(plan.sourceCount)
        loseRouter(on: ports[port].link)
    }

    /// The others notice when they have not heard it for long enough, and nobody is cut off until then: a membership lasts
    /// longer than the wait for a querier. Not so if the querier's last words were a specific query, which prolongs the wait
    /// but no membership (RFC 9777 §7.6.2), nor with the shorter listening interval of RFC 3810.
    private func loseRouter(on link: Int) {
        let wasAsked = links[link].lastSpecificQuery.map { $0 + links[link].bounds.query > now } ?? false
        if wasAsked || links[link].plan.configuration.listeningInterval == .rfc3810 {
            for port in links[link].ports { suspendSafety(of: port, until: now + links[link].bounds.orphaned) }
        }
        links[link].troubleUntil = max(links[link].troubleUntil, now)
        disturbElection(of: link, until: now, for: links[link].bounds.election)
    }

    // MARK: links

    /// Everything on a link may be lost or late until `time`.
    func disturb(_ link: Int, until time: UInt64) {
        for port in links[link].ports { suspendSafety(of: port, until: time) }
        links[link].troubleUntil = max(links[link].troubleUntil, time)
        disturbElection(of: link, until: time, for: links[link].bounds.election)
        for group in plan.groups.indices {
            links[link].groups[group].roughUntil = max(
                links[link].groups[group].roughUntil, time + links[link].bounds.stopInTime)
        }
    }

    private func suspendSafety(of port: Int, until time: UInt64) {
        ports[port].calmSince = max(ports[port].calmSince, time)
        ports[port].safeFrom = max(ports[port].safeFrom, time + links[ports[port].link].bounds.settle)
    }

    private func cut(_ link: Int, by cut: UInt64, until time: UInt64) {
        guard !links[link].isCut else { return }
        // Only the last partition is remembered: who was apart in the one before must be heard again like all others.
        if links[link].healed > 0 && links[link].healed + links[link].bounds.settle > now { disturb(link, until: now) }
        links[link].sides = links[link].nodes.map { node in
            var random = SeededGenerator(seed: cut ^ identifier(of: node))
            return random.next() & 1 == 1
        }
        links[link].isCut = true
        let others = links[link].nodes.enumerated().filter { links[link].sides[$0.offset] }.map { name(of: $0.element) }
        note("link \(link) falls apart, on the other side: \(others.joined(separator: ", "))")
        queue.add(.heal(link: link), at: time)
        loseRouter(on: link)
        for group in plan.groups.indices {
            roughen(link, group)
            lookAtPorts(of: link, group)
        }
    }

    func heal(_ link: Int) {
        guard links[link].isCut else { return }
        note("link \(link) is whole again")
        links[link].isCut = false
        links[link].healed = now
        // General queries of the other side were missed, and its specific ones put off the end of the wait for a querier.
        for port in links[link].ports { suspendSafety(of: port, until: now) }
        links[link].troubleUntil = max(links[link].troubleUntil, now)
        disturbElection(of: link, until: now, for: links[link].bounds.election)
        for group in plan.groups.indices {
            roughen(link, group)
            lookAtPorts(of: link, group)
        }
    }

    // MARK: faults

    private func perform(_ fault: Fault) {
        switch fault {
        case .storm(let link, let loss, let lasting):
            note(
                "on link \(link) \(Int(loss * 100)) % of all messages are lost, for \(SimulationTrace.brief(lasting)) s"
            )
            links[link].stormUntil = now + lasting
            links[link].stormLoss = loss
            disturb(link, until: now + lasting)
        case .reordering(let link, let lasting):
            note("on link \(link) messages overtake each other, for \(SimulationTrace.brief(lasting)) s")
            links[link].reorderingUntil = now + lasting
            disturb(link, until: now + lasting + 40 * links[link].bounds.delay)
        case .partition(let link, let seed, let lasting): cut(link, by: seed, until: now + lasting)
        case .crash(let number, let lasting):
            if let router = routerPositions[number] { crash(router, until: now + lasting) }
        case .linkDown(let number, let link, let lasting):
            guard let router = routerPositions[number] else { return }
            for port in routers[router].ports where ports[port].link == link { takeDown(port, until: now + lasting) }
        case .routerClockJump(let number, let step):
            if let router = routerPositions[number] { jump(router, by: step) }
        case .hostClockJump(let number, let step):
            guard let host = hostPositions[number] else { return }
            note("the clock of host \(number) steps forward by \(SimulationTrace.brief(step)) s")
            hosts[host].clock += step
            hosts[host].wakesAt = .max
            finish(host: host)
        case .attack(let link, let attack): perform(attack, on: link)
        }
    }

    private func jump(_ router: Int, by step: UInt64) {
        note("the clock of router \(routers[router].number) steps forward by \(SimulationTrace.brief(step)) s")
        routers[router].clock += step
        for port in routers[router].ports {
            // Its timers end early: what it knows is asked for anew. The model's end one after the other, the machine's all
            // at the instant after the step, so from there on they may rightly differ.
            ports[port].model = nil
            disturb(ports[port].link, until: now)
            ports[port].wakesAt = .max
            arm(port)
        }
    }

    private func identifier(of node: Node) -> UInt64 {
        switch node {
        case .port(let port): ports[port].address.low
        case .host(let host): hosts[host].address.low
        }
    }
}
