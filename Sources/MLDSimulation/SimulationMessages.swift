import IPv6
import MLD
import Timing

extension Simulation {
    /// Who hears a message.
    enum Audience {
        case routers, everybody
    }

    func localTime(of port: Int) -> Instant {
        Instant(nanoseconds: now + routers[ports[port].router].clock)
    }

    // MARK: sending

    /// Puts a packet on a link. `slot` is the sender's.
    func transmit(_ octets: [UInt8], on link: Int, from slot: Int, to audience: Audience) {
        let last = audience == .routers ? links[link].ports.count : links[link].nodes.count
        var lost: [Node] = []
        for other in 0..<last where other != slot {
            let node = links[link].nodes[other]
            guard let arrival = links[link].arrival(from: slot, to: other, at: now) else {
                if options.isTraced { lost.append(node) }
                continue
            }
            queue.add(.arrival(of: octets, at: node), at: arrival)
            guard links[link].comesTwice(), let again = links[link].arrival(from: slot, to: other, at: now) else {
                continue
            }
            queue.add(.arrival(of: octets, at: node), at: again)
        }
        note(description(ofSent: octets, on: link, from: slot, lost: lost))
    }

    private func send(_ query: MLDQuery, to destination: IPv6Address, from port: Int) {
        var octets = query.packet(from: ports[port].address, to: destination)
        if options.sabotage == .sendsSurplus { octets[5] += 1; octets.append(0) }
        let link = ports[port].link
        check(octets, sentFrom: ports[port].address, mtu: links[link].plan.mtu, by: .router)
        if !query.isGeneral { noteSpecificQuery(of: query.group, on: link) }
        let instant = localTime(of: port)
        ports[port].model?.note(query, to: destination, at: instant)
        transmit(octets, on: link, from: ports[port].slot, to: .everybody)
    }

    private func noteSpecificQuery(of group: IPv6Address, on link: Int) {
        links[link].lastSpecificQuery = now
        guard let group = groupPositions[group] else { return }
        links[link].groups[group].lastQuery = now
    }

    private func check(
        _ octets: [UInt8], sentFrom address: IPv6Address, mtu: Int, by sender: SentMessage.Sender
    ) {
        counts[.validMessages] += 1
        if let problem = SentMessage.problem(octets, from: address, mtu: mtu, by: sender) {
            fail(.validMessages, "\(address) sent a message that \(problem)")
        }
    }

    // MARK: routers

    func receive(_ octets: [UInt8], at port: Int) {
        guard ports[port].isRunning, let packet = ReceivedPacket(octets) else { return }
        guard packet.isIntact else {
            ports[port].machine.count(.checksum)
            return
        }
        guard !isSabotaged(packet, octets, at: port) else { return }
        let instant = localTime(of: port)
        ports[port].machine.receive(
            octets.span.bytes.extracting(packet.payload), from: packet.source, to: packet.destination,
            hopLimit: packet.hopLimit, routerAlert: packet.routerAlert, at: instant, into: &routerActions)
        if options.sabotage != .modelMissesLeaves || !Sabotage.isLeave(octets, packet) {
            ports[port].model?.receive(packet, octets, at: instant)
        }
        finish(port)
    }

    func wake(_ port: Int) {
        guard ports[port].wakesAt == now else { return }
        ports[port].wakesAt = .max
        guard ports[port].isRunning else { return }
        ports[port].wakesInRow = ports[port].lastWake == now ? ports[port].wakesInRow + 1 : 0
        ports[port].lastWake = now
        counts[.progress] += 1
        if ports[port].wakesInRow > 100 {
            fail(.progress, "\(name(ofPort: port)) asks to be woken again and again")
            return
        }
        let instant = localTime(of: port)
        ports[port].machine.advance(to: instant, into: &routerActions)
        ports[port].model?.advance(to: instant)
        finish(port)
    }

    /// Starts the machine of a port, whose link is up and whose router is on.
    func run(_ port: Int) {
        ports[port].isRunning = true
        let instant = localTime(of: port)
        startModel(of: port)
        ports[port].machine.start(at: instant, into: &routerActions)
        ports[port].model?.start(at: instant)
        note("\(name(ofPort: port)) begins, \(ports[port].address)")
        finish(port)
    }

    /// The model knows no tracking, and no limits.
    private func startModel(of port: Int) {
        let description = links[ports[port].link].plan
        let isModelled =
            options.period > 0 && !description.configuration.immediateLeave
            && !description.configuration.isNarrow
        ports[port].model =
            isModelled
            ? ModelledPort(configuration: description.configuration, address: ports[port].address, mtu: description.mtu)
            : nil
    }

    /// Performs what the machine of a port asks for, arms its timer and looks at the promises that it touched.
    func finish(_ port: Int) {
        toldGroups.removeAll(keepingCapacity: true)
        for position in routerActions.indices {
            switch routerActions[position] {
            case .send(let query, let destination): send(query, to: destination, from: port)
            case .suggestionChanged(let group):
                guard options.sabotage != .hidesChanges, let group = groupPositions[group] else { continue }
                ports[port].watches[group].wasTold = true
                toldGroups.append(group)
            case .event(.querierChanged(let address, let isSelf)):
                note("\(name(ofPort: port)): \(isSelf ? "is querier" : "follows \(address)")")
            case .event: break
            }
        }
        routerActions.removeAll(keepingCapacity: true)
        arm(port)
        examine(port)
    }

    func arm(_ port: Int) {
        let clock = routers[ports[port].router].clock
        var deadline = UInt64.max
        if ports[port].isRunning, let next = ports[port].machine.nextDeadline, next != .distantFuture {
            deadline = next.nanoseconds > clock ? max(next.nanoseconds - clock, now) : now
        }
        if options.sabotage == .oversleeps, deadline != .max { deadline += 3_000_000_000 }
        if options.sabotage == .spins { deadline = now }
        guard deadline < ports[port].wakesAt else { return }
        ports[port].wakesAt = deadline
        queue.add(.wake(.port(port)), at: deadline)
    }

    // MARK: hosts

    func receive(_ octets: [UInt8], atHost host: Int) {
        guard hosts[host].isOn else { return }
        hosts[host].receive(octets, at: now, into: &hostActions)
        finish(host: host)
    }

    func wake(host: Int) {
        guard hosts[host].wakesAt == now else { return }
        hosts[host].wakesAt = .max
        guard hosts[host].isOn else { return }
        hosts[host].advance(to: now, into: &hostActions)
        finish(host: host)
    }

    func finish(host: Int) {
        for position in hostActions.indices {
            switch hostActions[position] {
            case .report(let report, let destination):
                noteAnswers(report, of: host)
                send(report, to: destination, from: host, .routers)
            case .version1(let message, let destination): send(message, to: destination, from: host, .everybody)
            }
        }
        hostActions.removeAll(keepingCapacity: true)
        let deadline = max(hosts[host].deadline, now)
        guard deadline < hosts[host].wakesAt else { return }
        hosts[host].wakesAt = deadline
        queue.add(.wake(.host(host)), at: deadline)
    }

    /// A tracking router cannot tell IS_IN of a host in EXCLUDE mode, the answer for a source, from what such a host sends
    /// whose TO_IN was lost.
    private func noteAnswers(_ report: MLDReport, of host: Int) {
        let link = hosts[host].link
        guard links[link].plan.configuration.immediateLeave else { return }
        for record in report.records where record.kind == .isInclude {
            guard let group = groupPositions[record.group] else { continue }
            if hosts[host].wish(of: group).mode == .exclude { roughen(link, group) }
        }
    }

    private func send(
        _ message: some MLDMessage, to destination: IPv6Address, from host: Int, _ audience: Audience
    ) {
        let octets = message.packet(from: hosts[host].address, to: destination)
        let link = hosts[host].link
        check(octets, sentFrom: hosts[host].address, mtu: links[link].plan.mtu, by: .host)
        transmit(octets, on: link, from: hosts[host].slot, to: audience)
    }
}

extension MLDConfiguration {
    /// Limits are low enough to be reached.
    var isNarrow: Bool { maximumGroups < 1000 || maximumGroupSources < 128 || maximumHosts < 1000 }
}
