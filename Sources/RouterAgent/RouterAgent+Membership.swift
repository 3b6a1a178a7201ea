import IPv6
import LinuxNetwork
import LinuxSystem
import Logging
import MLD
import MembershipObjects
import Timing

/// Reports in, queries out.
extension RouterAgent {
    /// How many messages are read in one go: what comes meanwhile waits until others have had their turn.
    private static let batch = 1024
    /// More than fit into the buffers of the kernel, so that all that had come by some instant are among them.
    private static let mostWaiting = 64

    func readMLD() {
        receiveReports(at: .now)
        armTimer()
    }

    func readCapture(onInterface index: Int32) {
        guard let link = linkOfIndex[index] else { return }
        receiveCaptured(on: link, at: .now)
        armTimer()
    }

    /// Takes what has arrived by now, on whatever way.
    func receiveWaitingReports(at now: Instant) {
        for _ in 0..<Self.mostWaiting where receiveReports(at: now) < Self.batch { break }
        for link in links where link.capture != nil {
            for _ in 0..<Self.mostWaiting where receiveCaptured(on: link, at: now) < Self.batch { break }
        }
    }

    /// Answers how many messages were there.
    @discardableResult private func receiveReports(at now: Instant) -> Int {
        let usesSocket = configuration.capture == .raw
        do {
            return try mldSocket.receive(limit: Self.batch) { octets, arrival in
                guard usesSocket, let link = linkOfIndex[arrival.interface] else { return }
                receive(octets, arrival, on: link, at: now)
            }
        } catch {
            logLimited(.reading, level: .error, "reports were not read", metadata: ["error": "\(error)"])
            return 0
        }
    }

    @discardableResult func receiveCaptured(on link: RouterLink, at now: Instant) -> Int {
        guard let capture = link.capture else { return 0 }
        do {
            return try capture.handle.receive(limit: Self.batch, at: now) { octets, arrival in
                receive(octets, arrival, on: link, at: now)
            }
        } catch {
            logLimited(
                .reading, level: .error, "reports were not read",
                metadata: ["interface": "\(link.name)", "error": "\(error)"])
            closeCapture(on: link)  // what failed stays readable; the next news of the link opens another
            return 0
        }
    }

    private func receive(_ octets: RawSpan, _ arrival: MLDArrival, on link: RouterLink, at now: Instant) {
        // The kernel gives our own queries back to us, for this host's listeners. Their reports count like any other's.
        if arrival.source == link.address, octets.byteCount > 0,
            octets.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == MLDMessageType.query.rawValue
        {
            return
        }
        link.mld?.receive(octets, arrival, at: now, into: &mldActions)
        if !mldActions.isEmpty { performMLDActions(of: link, receivedAt: now) }
    }

    /// Bursts of reports wait in the socket; with little room some are lost until hosts repeat them.
    func sayReceiveBuffer() {
        let wanted = 2 * MLDSocket.receiveBuffer
        guard mldSocket.receiveBufferSize < wanted else { return }
        log.notice(
            "the kernel gave a smaller receive buffer: large bursts of reports may be lost; raise net.core.rmem_max",
            metadata: ["octets": "\(mldSocket.receiveBufferSize)", "wanted": "\(wanted)"])
    }

    /// Counts what the kernel had no room for, on the links that it was for.
    func countDrops() {
        for (index, count) in mldSocket.takeDrops() where configuration.capture == .raw {
            linkOfIndex[index]?.mld?.count(dropped: count)
        }
        for link in links { countDrops(of: link) }
    }

    func countDrops(of link: RouterLink) {
        guard let count = link.capture?.handle.takeDrops(), count > 0 else { return }
        link.mld?.count(dropped: count)
        logLimited(
            .reading, "the kernel dropped reports because they were not read in time; hosts repeat them",
            metadata: ["interface": "\(link.name)", "reports": "\(count)"])
    }

    /// Looked at when a timer is due, which is seldom, so that the report path pays nothing for it.
    func sayDrops() {
        for link in links { countDrops(of: link) }
        let seen = (reports: mldSocket.drops, upcalls: routing.drops)
        guard seen != drops else { return }
        logLimited(
            .reading,
            "the kernel dropped messages because they were not read in time; hosts repeat reports, flows ask again",
            metadata: [
                "reports": "\(seen.reports &- drops.reports)", "upcalls": "\(seen.upcalls &- drops.upcalls)",
            ])
        drops = seen
    }

    func performMLDActions(of link: RouterLink, receivedAt: Instant) {
        // They are this link's: others may add theirs meanwhile.
        var actions: [MLDRouter.Action] = []
        swap(&actions, &mldActions)
        // Routes first, then senders, then queries and subscribers: the listener who waits comes first.
        for action in actions {
            if case .suggestionChanged(let group) = action { followInterest(in: group, receivedAt: receivedAt) }
        }
        for action in actions {
            switch action {
            case .suggestionChanged: break
            case .send(let query, let destination): send(query, to: destination, on: link)
            case .event(let event): perform(event, of: link)
            }
        }
        actions.removeAll(keepingCapacity: true)
        if mldActions.isEmpty { swap(&actions, &mldActions) }
    }

    private func send(_ query: MLDQuery, to destination: IPv6Address, on link: RouterLink) {
        // A query from any other address would be ignored by all, or elect nobody (RFC 9777 §5.1.14).
        guard let source = link.address else { return }
        do {
            let octets = query.encoded(from: source, to: destination)
            try mldSocket.send(octets.span.bytes, to: destination, from: source, interface: link.index)
        } catch {
            logLimited(
                .querySending(link.mif), "a query was not sent",
                metadata: ["interface": "\(link.name)", "error": "\(error)"])
        }
    }

    private func perform(_ event: MLDEvent, of link: RouterLink) {
        switch event {
        case .querierChanged(let address, let isSelf):
            // Other routers may take turns as fast as they like: only our own part in it costs anything here.
            if link.wasQuerier != isSelf {
                link.wasQuerier = isSelf
                logLimited(
                    .querier(link.mif), level: .notice,
                    isSelf ? "this router is the querier" : "another router is the querier",
                    metadata: ["interface": "\(link.name)", "querier": "\(address)"])
                followInterestEverywhere(at: .now)
            }
        case .limitReached(let limit, let host):
            logLimited(
                .limit(link.mif), "a limit is reached: \(limit.consequence)",
                metadata: ["interface": "\(link.name)", "limit": "\(limit.key)", "host": "\(host)"])
        case .sourceMissing(let group, let host):
            logLimited(
                .warning(link.mif), "\(MLDEvent.sourceMissingText)",
                metadata: ["interface": "\(link.name)", "group": "\(group)", "host": "\(host)"])
        case .warning(let warning, let address):
            logLimited(
                .warning(link.mif), "\(warning.text)",
                metadata: ["interface": "\(link.name)", "router": "\(address)"])
        default: break
        }
        publish(event, of: link)
    }
}
