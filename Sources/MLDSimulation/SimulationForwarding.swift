import IPv6
import MLD
import Timing

// The promises about forwarding: what is wanted is forwarded in time and not cut off, what is not wanted ends in time.

extension Simulation {
    /// Looks at what a step of a port may have touched.
    func examine(_ port: Int) {
        guard failure == nil, ports[port].isRunning else { return }
        let period = options.period
        if period > 0 && eventCount % period == 0 {
            for group in plan.groups.indices { look(at: port, group) }
            if ports[port].model != nil { compare(port) }
        } else {
            for position in toldGroups.indices { look(at: port, toldGroups[position]) }
        }
        checkLimits(of: port)
        lookAtQuerier(of: ports[port].link, isDue: false)
    }

    private func compare(_ port: Int) {
        counts[.sameAsModel] += 1
        let machine = ports[port].machine
        guard let differences = ports[port].model?.differences(from: machine), !differences.isEmpty else { return }
        fail(
            .sameAsModel, on: ports[port].link,
            "\(name(ofPort: port)) and the model differ: \(differences.map(\.description).joined(separator: "; "))")
    }

    private func checkLimits(of port: Int) {
        let limits = links[ports[port].link].plan.configuration
        guard limits.isNarrow else { return }
        if ports[port].isLimited { counts[.withinLimits] += 1 }
        if ports[port].machine.groupCount > limits.maximumGroups {
            fail(.withinLimits, "\(name(ofPort: port)) has \(ports[port].machine.groupCount) groups")
        }
        if ports[port].machine.hostCount > limits.maximumHosts {
            fail(.withinLimits, "\(name(ofPort: port)) tracks \(ports[port].machine.hostCount) hosts")
        }
        for group in plan.groups {
            let sources = ports[port].machine.group(group)?.sources.count ?? 0
            if sources > limits.maximumGroupSources {
                fail(.withinLimits, "\(name(ofPort: port)) has \(sources) sources of \(group)")
            }
        }
    }

    /// What a port forwards of a group.
    func forwarded(by port: Int, _ group: Int) -> SourceSet {
        let address = plan.groups[group]
        guard ports[port].machine.isWanted(group: address) else { return .none }
        if plan.sourceCount <= 8 {
            var forwarded = SourceSet.none
            for number in 0...plan.sourceCount
            where ports[port].machine.forwards(source: SourceSet.address(number), group: address) {
                forwarded.insert(number)
            }
            return forwarded
        }
        guard let listing = ports[port].machine.group(address) else { return .none }
        var forwarding = SourceSet.none
        var blocked = SourceSet.none
        for source in listing.sources {
            let number = Int(clamping: source.address.low &- 1) % (SourceSet.maximumCount + 1)
            if source.state == .forward { forwarding.insert(number) } else { blocked.insert(number) }
        }
        return listing.filterMode == .include ? forwarding.intersection(all) : all.subtracting(blocked)
    }

    /// What listeners whose messages reach the port want, which part of that must be forwarded by now, and when the next
    /// part must be.
    private func demand(at port: Int, _ group: Int) -> (wanted: SourceSet, due: SourceSet, next: UInt64) {
        let number = ports[port].link
        let slot = ports[port].slot
        let bounds = links[number].bounds
        let calm = max(ports[port].calmSince, links[number].groups[group].calmSince)
        let safe = max(ports[port].safeFrom, links[number].groups[group].safeFrom)
        var wanted = SourceSet.none
        var due = SourceSet.none
        var next = UInt64.max
        for host in links[number].groups[group].hosts where links[number].connects(slot, hosts[host].slot) {
            let healed = links[number].wereApart(slot, hosts[host].slot) ? links[number].healed : 0
            let hostCalm = max(calm, healed)
            let hostSafe = healed > 0 ? max(safe, healed + bounds.settle) : safe
            for desire in hosts[host].desires where desire.group == group {
                wanted.formUnion(desire.wanted)
                if desire.newest + bounds.join <= now && hostSafe <= now {
                    due.formUnion(desire.wanted)
                    continue
                }
                for source in desire.wanted.numbers {
                    let joined = desire.since[source] + bounds.join
                    let time = desire.since[source] >= hostCalm ? joined : max(joined, hostSafe)
                    if time <= now { due.insert(source) } else { next = min(next, time) }
                }
            }
        }
        return (wanted, due, next)
    }

    /// What listeners want and the port has state of, so that no limit may take it away.
    private func stateHeld(by port: Int, _ group: Int) -> SourceSet {
        guard let listing = ports[port].machine.group(plan.groups[group]) else { return .none }
        var listed = SourceSet.none
        for source in listing.sources where source.state == .forward && source.address.low <= UInt64(plan.sourceCount) {
            listed.insert(Int(source.address.low) - 1)
        }
        var held = SourceSet.none
        for host in links[ports[port].link].groups[group].hosts {
            let wish = hosts[host].wish(of: group)
            if wish.mode == .include {
                held.formUnion(wish.listed.intersection(listed))
            } else if listing.filterMode == .exclude {
                held.formUnion(wish.wanted(of: all))
            }
        }
        return held
    }

    /// Looks at one group on one port.
    func look(at port: Int, _ group: Int) {
        guard failure == nil, ports[port].isRunning else { return }
        if ports[port].watches[group].isIdle, links[ports[port].link].groups[group].hosts.isEmpty,
            !ports[port].machine.isWanted(group: plan.groups[group])
        {
            return
        }
        var watch = ForwardingWatch.none
        swap(&watch, &ports[port].watches[group])
        var forwarded = forwarded(by: port, group)
        if options.sabotage == .neverStops {
            forwarded.formUnion(watch.forwarded)
            watch.wasTold = true
        }
        let demand = demand(at: port, group)
        noteChange(to: forwarded, &watch, at: port, group)
        var next = demand.next
        // Where a limit refuses, nothing new is promised; what there is must not suffer.
        let held = ports[port].isLimited ? demand.due.intersection(watch.held) : demand.due
        lookAtDue(demand.due, owed: held, &watch, at: port, group, &next)
        lookAtEnding(demand.wanted, &watch, at: port, group, &next)
        if links[ports[port].link].plan.configuration.isNarrow {
            watch.held = demand.wanted.intersection(forwarded).intersection(stateHeld(by: port, group))
        }
        watch.wanted = demand.wanted
        let isSooner = next < watch.nextLook
        if isSooner { watch.nextLook = next }
        swap(&watch, &ports[port].watches[group])
        if isSooner { queue.add(.look(port: port, group: group), at: next) }
    }

    private func noteChange(
        to forwarded: SourceSet, _ watch: inout ForwardingWatch, at port: Int, _ group: Int
    ) {
        if forwarded != watch.forwarded {
            counts[.toldChanges] += 1
            note("\(name(ofPort: port)) forwards \(describe(forwarded)) of \(plan.groups[group])")
            if !watch.wasTold {
                fail(
                    .toldChanges, on: ports[port].link,
                    "\(name(ofPort: port)) does not tell that it forwards \(describe(forwarded)) of "
                        + "\(plan.groups[group]), no longer \(describe(watch.forwarded))")
            }
            if watch.wasTold { counts[.kept] += UInt64(watch.due.count) }
        }
        watch.wasTold = false
        watch.forwarded = forwarded
    }

    private func lookAtDue(
        _ due: SourceSet, owed: SourceSet, _ watch: inout ForwardingWatch, at port: Int, _ group: Int,
        _ next: inout UInt64
    ) {
        let missing = owed.subtracting(watch.forwarded)
        counts[.joined] += UInt64(due.intersection(watch.forwarded).subtracting(watch.due).count)
        if missing.isEmpty {
            watch.missing = .none
            watch.due = due
            return
        }
        let glitch = glitch(of: port, group)
        for source in missing.numbers {
            // What another listener has brought back for a while may be missing again after that.
            if !watch.missing.contains(source) {
                watch.missingUntil[source] = max(watch.missingUntil[source], now + glitch)
            }
            let deadline = watch.missingUntil[source]
            if deadline <= now {
                let isNew = !watch.established.contains(source)
                fail(
                    isNew ? .joined : .kept, on: ports[port].link,
                    "\(name(ofPort: port)) does not forward \(describe(SourceSet(source: source))) of "
                        + "\(plan.groups[group]), which \(listeners(of: source, group, at: port)) "
                        + (isNew ? "asked for" : "kept wanting"))
            } else {
                next = min(next, deadline)
            }
        }
        watch.missing = missing
        watch.due = due
    }

    private func lookAtEnding(
        _ wanted: SourceSet, _ watch: inout ForwardingWatch, at port: Int, _ group: Int, _ next: inout UInt64
    ) {
        watch.established = wanted.intersection(watch.established.union(watch.forwarded))
        let released = watch.wanted.subtracting(wanted)
        for source in released.numbers { watch.unwantedSince[source] = now }
        watch.ending = watch.ending.union(released.intersection(watch.forwarded)).subtracting(wanted)
        let ended = watch.ending.subtracting(watch.forwarded)
        for source in ended.numbers {
            counts[stopBound(since: watch.unwantedSince[source], port, group).invariant] += 1
        }
        watch.ending = watch.ending.subtracting(ended)
        for source in watch.forwarded.subtracting(wanted).numbers {
            let since = max(watch.unwantedSince[source], 1)
            let bound = stopBound(since: since, port, group)
            if bound.deadline <= now {
                fail(
                    bound.invariant, on: ports[port].link,
                    "\(name(ofPort: port)) still forwards \(describe(SourceSet(source: source))) of "
                        + "\(plan.groups[group]), which nobody has wanted for "
                        + "\(SimulationTrace.brief(now - since)) s; \(state(of: group, at: port))")
            } else {
                next = min(next, bound.deadline)
            }
        }
    }
}
