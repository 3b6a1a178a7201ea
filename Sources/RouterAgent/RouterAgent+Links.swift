import Forwarding
import IPv6
import LinuxNetwork
import LinuxSystem
import Logging
import MLD
import RouterControl
import Timing

/// Interfaces come, change and go: MIFs, memberships of the MLD socket and protocol instances follow.
extension RouterAgent {
    /// Looks at every interface that exists now.
    func takeStockOfLinks() {
        for link in linkMonitor.links { update(link) }
        for link in links where link.index == 0 && link.role != .source {
            setOutOfService(link, because: .absent)
        }
    }

    func readLinkChanges() {
        do {
            var changes: [LinkChange] = []
            try linkMonitor.process { changes.append(contentsOf: $0) }
            for change in changes {
                switch change {
                case .added(let link), .changed(_, to: let link): update(link)
                case .removed(let link):
                    refused.remove(link.index)
                    guard let known = linkOfIndex[link.index] else { continue }
                    lose(known, "interface has gone")
                    if known.role == .source { remakeSenderLink() }
                }
            }
            if !refused.isEmpty && links.count < MIF.count {  // there is room now
                for link in linkMonitor.links where refused.contains(link.index) { update(link) }
            }
            for link in links where link.outOfService == .tableFull && !freeMIFs.isEmpty {
                if let seen = linkMonitor.link(index: link.index) { update(seen) }
            }
        } catch {
            log.error("link changes were not read", metadata: ["error": "\(error)"])
        }
        armTimer()
    }

    private func update(_ seen: Link) {
        if let old = linkOfIndex[seen.index], old.name != seen.name {  // no longer the one that was meant
            lose(old, "interface was renamed to \(seen.name)")
        }
        if let old = links.first(where: { $0.name == seen.name }), old.index != 0, old.index != seen.index {
            lose(old, "interface was replaced by another of its name")
        }
        guard let link = links.first(where: { $0.name == seen.name }) ?? adopt(seen) else { return }
        link.index = seen.index
        linkOfIndex[seen.index] = link
        if link.mtu < seen.mtu && link.capture != nil {  // longer frames than it has room for
            receiveCaptured(on: link, at: .now)
            closeCapture(on: link)
        }
        link.mtu = seen.mtu
        link.mld?.mtu = seen.mtu
        link.isUp = seen.isUp && seen.isRunning
        follow(seen.snooping, of: link)
        if let reason = OutOfService(seen) {
            takeDown(link)
            return setOutOfService(link, because: reason)
        }
        if link.mif == nil { giveMIF(to: link) }
        guard link.mif != nil else { return }
        follow(seen.linkLocalAddress, of: link)
        guard link.role == .downstream else { return setInService(link) }
        if link.address == nil {
            setOutOfService(link, because: .noAddress(mtu: link.mtu))
        } else if link.mld == nil {
            startMembership(on: link)
        } else if configuration.capture == .pcap && link.capture == nil {
            reopenCapture(on: link)
        }
    }

    /// Each change of it is logged once.
    private func setOutOfService(_ link: RouterLink, because reason: OutOfService) {
        guard reason != link.outOfService || !link.isKnown else { return }
        let wasServed = link.isKnown && link.outOfService == nil
        let isBeingMade = link.role == .source && !link.isKnown
        link.outOfService = reason
        link.isKnown = true
        // Its two ends come up one after the other.
        if isBeingMade && !reason.isFailure { return }
        let level: Logger.Level = reason.isFailure ? .error : wasServed ? .warning : .notice
        let text: Logger.Message = "interface is not served: \(reason.text(link.name))"
        let metadata: Logger.Metadata = ["interface": "\(link.name)"]
        switch reason {
        // What hosts can provoke: they take away the carrier, and answer to the link's address as if it were theirs.
        case .noCarrier: logLimited(.linkDown(topicName(link)), level: level, text, metadata: metadata)
        case .noAddress: logLimited(.linkWaiting(topicName(link)), level: level, text, metadata: metadata)
        default: log.log(level: level, text, metadata: metadata)
        }
    }

    private func setInService(_ link: RouterLink) {
        link.outOfService = nil
        link.isKnown = true
    }

    /// After an interface is no longer there under its name.
    private func lose(_ link: RouterLink, _ event: String) {
        takeDown(link)
        forget(link)
        link.outOfService = .absent
        log.warning(
            "\(event)\(link.isAdopted ? "" : "; waiting for one of its name")",
            metadata: ["interface": "\(link.name)"])
    }

    private func follow(_ address: IPv6Address?, of link: RouterLink) {
        guard address != link.address else { return }
        let now = Instant.now
        // Queries of our own that wait here would be taken for those of another router.
        receiveWaitingReports(at: now)
        let hadNone = link.address == nil
        link.address = address
        guard let address, link.mld != nil else { return }
        link.mld?.setAddress(address)
        guard hadNone else { return }
        // IPv6 may have been off meanwhile: the kernel forgets our memberships then, and nobody has been asked.
        do {
            try mldSocket.leave(interface: link.index)
            try mldSocket.join(interface: link.index)
            setInService(link)
            logListening(on: link, from: address)
        } catch {
            setOutOfService(link, because: .deaf("\(error)"))
        }
        link.mld?.start(at: now, into: &mldActions)
        performMLDActions(of: link, receivedAt: now)
    }

    /// With `--all`, an interface that can be served and is not one of ours.
    private func adopt(_ seen: Link) -> RouterLink? {
        guard let settings = configuration.serveAll, seen.canBeServed else { return nil }
        if let sender = configuration.senderLink, seen.name == "\(sender)0" || seen.name == "\(sender)1" { return nil }
        guard links.count < MIF.count else {
            guard refused.insert(seen.index).inserted else { return nil }
            log.error(
                "interface is not served until another one goes: the kernel's table holds \(MIF.count) interfaces",
                metadata: ["interface": "\(seen.name)"])
            return nil
        }
        refused.remove(seen.index)
        let link = RouterLink(name: seen.name, role: .downstream, settings: settings, isAdopted: true)
        links.append(link)
        return link
    }

    private func giveMIF(to link: RouterLink) {
        guard let mif = freeMIFs.popLast() else {
            return setOutOfService(link, because: .tableFull)
        }
        do {
            try routing.add(mif, interface: link.index)
        } catch {
            freeMIFs.append(mif)
            return setOutOfService(link, because: .refused("\(error)"))
        }
        link.mif = mif
        let role: InterfaceRole =
            switch link.role {
            case .downstream: .downstream
            case .upstream: .upstream
            case .source: .source
            }
        forwarding.add(mif, role: role, boundary: link.scopeBoundary, sourceCheck: link.sourceCheck)
        forwarding.routingChanged(at: .now)  // routes that lead there count now
        logLimited(
            .linkUp(topicName(link)), level: .info, "interface is up",
            metadata: ["interface": "\(link.name)", "role": "\(link.role.rawValue)"])
        followInterestEverywhere(at: .now)  // an upstream is an outgoing interface of flows that are known
    }

    private func startMembership(on link: RouterLink) {
        guard let address = link.address else { return }
        do {
            // In either mode: it makes the interface take ff02::16 from the wire, and queries go out through it.
            try mldSocket.join(interface: link.index)
            if configuration.capture == .pcap { try openCapture(on: link) }
        } catch {
            return setOutOfService(link, because: .deaf("\(error)"))
        }
        setInService(link)
        if link.settings.robustnessVariable < 2 {
            log.warning(
                "robustness-variable is 1: one lost packet ends a membership", metadata: ["interface": "\(link.name)"])
        }
        link.mld = MLDRouter(configuration: link.settings, address: address, mtu: link.mtu)
        link.mld?.reportsEvents = !subscribers.isEmpty
        let now = Instant.now
        link.mld?.start(at: now, into: &mldActions)
        performMLDActions(of: link, receivedAt: now)
        logListening(on: link, from: address)
    }

    private func logListening(on link: RouterLink, from address: IPv6Address) {
        logLimited(
            .linkListening(topicName(link)), level: .info, "listening for reports",
            metadata: ["interface": "\(link.name)", "address": "\(address)"])
    }

    private func openCapture(on link: RouterLink) throws {
        let capture = LinkCapture(try MLDCapture(interface: link.index, mtu: link.mtu))
        link.capture = capture
        let index = link.index
        try loop.watch(capture.handle.descriptor) { [unowned self] _ in readCapture(onInterface: index) }
    }

    private func reopenCapture(on link: RouterLink) {
        do {
            try openCapture(on: link)
            setInService(link)
        } catch {
            setOutOfService(link, because: .deaf("\(error)"))
        }
    }

    func closeCapture(on link: RouterLink) {
        guard let capture = link.capture else { return }
        countDrops(of: link)
        loop.unwatch(capture.handle.descriptor)
        link.capture = nil
    }

    /// Forgets what was learnt on a link, and takes it out of the kernel's table.
    private func takeDown(_ link: RouterLink) {
        closeCapture(on: link)
        if link.mld != nil {
            try? mldSocket.leave(interface: link.index)  // gone with the interface, if that has gone
            let now = Instant.now
            link.mld?.stop(at: now, into: &mldActions)
            performMLDActions(of: link, receivedAt: now)
            link.mld = nil
            link.wasQuerier = nil
        }
        guard let mif = link.mif else { return }
        link.mif = nil
        forwarding.remove(mif, wanted: { interest(in: $0) }, into: &forwardingActions)
        forwarding.routingChanged(at: .now)
        performForwardingActions()
        try? routing.remove(mif)  // gone with the interface, if that has gone
        freeMIFs.insert(mif, at: 0)  // the last to be used again: upcalls that wait still mean the old interface
        followInterestEverywhere(at: .now)
    }

    private func forget(_ link: RouterLink) {
        linkOfIndex[link.index] = nil
        link.index = 0
        link.isUp = false
        link.address = nil
        link.snooping = nil
        if link.isAdopted { links.removeAll { $0 === link } }
    }

    /// Interfaces that come and go under any name share one topic.
    private func topicName(_ link: RouterLink) -> String? { link.isAdopted ? nil : link.name }
}

extension Link {
    /// What `--all` takes and what is offered when no interface is named.
    public var canBeServed: Bool { isUp && isMulticastCapable && !isLoopback && !isBridgePort }
}
