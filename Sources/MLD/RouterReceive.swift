import IPv6
import Timing

extension MLDRouter {
    /// Takes one message as it arrived, or counts it if there is something wrong with it.
    public mutating func receive(
        _ message: RawSpan, _ arrival: MLDArrival, at now: Instant, into actions: inout [Action]
    ) {
        if let defect = arrival.defect { return count(defect) }
        receive(
            message, from: arrival.source, to: arrival.destination, hopLimit: arrival.hopLimit,
            routerAlert: arrival.routerAlert, at: now, into: &actions)
    }

    /// Takes one message: ICMPv6 octets whose checksum the caller has verified, and what its IPv6 headers said.
    ///
    /// Whatever cannot be accepted is counted under one reason in `statistics` and changes nothing (RFC 9777 §7.4, §7.6).
    public mutating func receive(
        _ message: RawSpan, from source: IPv6Address, to destination: IPv6Address, hopLimit: UInt8, routerAlert: Bool,
        at now: Instant, into actions: inout [Action]
    ) {
        guard querierState.isRunning else { return }
        guard message.byteCount > 0 else {
            statistics.errors.tooShort += 1
            return
        }
        guard let type = MLDMessageType(rawValue: message.octet(at: 0)) else {
            statistics.errors.unknownType += 1
            return
        }
        guard hopLimit == 1 else {
            statistics.errors.hopLimit += 1
            return
        }
        guard source.isLinkLocal || acceptsUnspecified(source, type) else {
            statistics.errors.sourceAddress += 1
            if type == .query { warn(.invalidQuerySource, of: source, at: now, into: &actions) }
            return
        }
        guard routerAlert || !configuration.requireRouterAlert else {
            statistics.errors.routerAlert += 1
            return
        }
        do throws(WireError) {
            switch type {
            case .query: receive(try MLDQuery(parsing: message), from: source, at: now, into: &actions)
            case .report:
                let view = try MLDReportView(parsing: message)
                let isAwaited = isAwaited(view, in: message, at: now)
                guard var reporter = admit(source, isAwaited: isAwaited, at: now, into: &actions) else { return }
                receive(view, message, from: &reporter, at: now, into: &actions)
            case .reportV1, .done:
                receive(try MLDv1Message(parsing: message), from: source, at: now, into: &actions)
            }
        } catch {
            if case .tooShort = error { statistics.errors.tooShort += 1 } else { statistics.errors.malformed += 1 }
        }
    }

    /// Hosts report from `::` before they have an address: only an observer takes that (RFC 4541 §3, RFC 9777 §5.2.14).
    private func acceptsUnspecified(_ source: IPv6Address, _ type: MLDMessageType) -> Bool {
        configuration.acceptsUnspecifiedReporters && source.isUnspecified && type != .query
    }

    /// The sender of a report or done message, if it and all of them together do not send too many.
    private mutating func admit(
        _ host: IPv6Address, isAwaited: Bool, at now: Instant, into actions: inout [Action]
    ) -> Reporter? {
        var reporter = Reporter(address: host, number: hostTable.number(of: host))
        guard
            let limit = rates.refusal(
                of: host, isListening: reporter.number != nil, isAwaited: isAwaited, at: now)
        else { return reporter }
        statistics.errors.limit += 1
        unheardUntil = now + intervals.listening
        refuse(limit, &reporter, at: now, into: &actions)
        return nil
    }

    /// Whether a report may be the answer that keeps a stream from ending. Whoever sends leaves in a host's name uses up the
    /// rate of that host, and would have its answers dropped as well.
    private func isAwaited(_ report: MLDReportView, in octets: RawSpan, at now: Instant) -> Bool {
        guard configuration.reportsPerSecondPerHost != nil else { return false }
        var view = report
        // The answer to a specific query has one record (§6.2); more of them would be work for a forger to cause.
        for _ in 0..<4 {
            guard let record = view.next(in: octets) else { return false }
            switch record.kind {
            case .isInclude, .isExclude, .allow, .toExclude: if isEnding(record.group, at: now) { return true }
            case .toInclude, .block, nil: break
            }
        }
        return false
    }

    /// Whether something of the group ends within the last listener query time if nobody reports it.
    private func isEnding(_ group: IPv6Address, at now: Instant) -> Bool {
        guard let slot = table.slot(of: group) else { return false }
        return table.records[slot].isEnding(by: now + intervals.lastListenerQueryTime)
    }

    private mutating func receive(
        _ report: MLDReportView, _ octets: RawSpan, from reporter: inout Reporter, at now: Instant,
        into actions: inout [Action]
    ) {
        var view = report
        var groupWithoutSource: IPv6Address?
        statistics.received.report += 1
        while let record = view.next(in: octets) {
            guard let kind = record.kind, record.group.canBeTracked else { continue }
            if record.group.isSourceSpecific && (kind == .isExclude || kind == .toExclude) {
                groupWithoutSource = record.group
                continue
            }
            process(
                kind, record.group, record.sources, in: octets, from: &reporter, at: now, into: &actions)
        }
        countRefusal(of: reporter)
        if let groupWithoutSource {
            countMissingSource(of: groupWithoutSource, host: reporter.address, at: now, into: &actions)
        }
    }

    /// A host wants a source-specific group from any source, which no router gives it (RFC 4604 §2.2.1): without a word it
    /// would wait for ever.
    private mutating func countMissingSource(
        of group: IPv6Address, host: IPv6Address, at now: Instant, into actions: inout [Action]
    ) {
        statistics.errors.noSource += 1
        if notices.permitsMissingSource(at: now) { actions.append(.event(.sourceMissing(group: group, host: host))) }
    }

    /// A message is counted under one reason, however many of its records were refused.
    private mutating func countRefusal(of reporter: Reporter) {
        if reporter.refused {
            statistics.errors.limit += 1
        } else if reporter.denied {
            statistics.errors.denied += 1
        }
    }

    private mutating func receive(
        _ message: MLDv1Message, from host: IPv6Address, at now: Instant, into actions: inout [Action]
    ) {
        guard configuration.olderHostCompatibility else {
            statistics.errors.denied += 1
            return
        }
        // Version 1 cannot name sources, so it is ignored where only sources count (RFC 4604 §2.2.1, §2.2.4).
        guard !message.group.isSourceSpecific else {
            if message.kind == .report {
                countMissingSource(of: message.group, host: host, at: now, into: &actions)
            } else {
                statistics.errors.noSource += 1
            }
            return
        }
        guard message.group.canBeTracked else {
            statistics.errors.malformed += 1
            return
        }
        let isAwaited =
            message.kind == .report && configuration.reportsPerSecondPerHost != nil && isEnding(message.group, at: now)
        guard var reporter = admit(host, isAwaited: isAwaited, at: now, into: &actions) else { return }
        switch message.kind {
        case .report:
            statistics.received.reportV1 += 1
            reporter.isVersion1 = true
        case .done:
            statistics.received.done += 1
            reporter.isDone = true
        }
        process(
            message.kind == .report ? .isExclude : .toInclude, message.group, .none, in: RawSpan(), from: &reporter,
            at: now, into: &actions)
        countRefusal(of: reporter)
    }
}

extension IPv6Address {
    /// A multicast group other than ff02::1, which every node is always a member of.
    fileprivate var canBeTracked: Bool { isMulticast && self != .allNodes }
}
