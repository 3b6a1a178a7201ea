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
            sayWaiting(link, for: "the interface to appear")
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
                    takeDown(known)
                    forget(known)
                    log.warning(
                        known.isAdopted ? "interface has gone" : "interface has gone; waiting for it",
                        metadata: ["interface": "\(known.name)"])
                    if known.role == .source { remakeSenderLink() }
                }
            }
            if !refused.isEmpty && links.count < MIF.count {  // there is room now
                for link in linkMonitor.links where refused.contains(link.index) { update(link) }
            }
        } catch {
            log.error("link changes were not read", metadata: ["error": "\(error)"])
        }
        armTimer()
    }

    private func update(_ seen: Link) {
        if let old = linkOfIndex[seen.index], old.name != seen.name {  // renamed: no longer the one that was meant
            takeDown(old)
            forget(old)
        }
        // Replaced by another of its name.
        if let old = links.first(where: { $0.name == seen.name }), old.index != 0, old.index != seen.index {
            takeDown(old)
            forget(old)
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
        guard link.isUp else {
            if link.mif != nil {
                logLimited(.linkDown(topicName(link)), "interface is down", metadata: ["interface": "\(link.name)"])
            }
            takeDown(link)
            sayWaiting(link, for: "the interface to come up")
            return
        }
        guard seen.isMulticastCapable else {
            takeDown(link)
            sayWaiting(link, for: "multicast on the interface (ip link set dev \(link.name) multicast on)")
            return
        }
        guard !seen.isBridgePort else {
            takeDown(link)
            sayWaiting(
                link, for: "the interface to leave its bridge: a port cannot be routed from, name the bridge itself")
            return
        }
        if link.mif == nil { giveMIF(to: link) }
        follow(seen.linkLocalAddress, of: link)
        guard link.role == .downstream, link.mif != nil else { return }
        if link.address == nil {
            sayWaiting(link, for: "a link-local address")
        } else if link.mld == nil {
            startMembership(on: link)
        } else if configuration.capture == .pcap && link.capture == nil {
            reopenCapture(on: link)
        }
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
        link.waitingFor = nil
        do {
            try mldSocket.leave(interface: link.index)
            try mldSocket.join(interface: link.index)
        } catch {
            sayDeaf(link, error)
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
            log.error(
                "interface is not served: the kernel's table holds \(MIF.count) interfaces",
                metadata: ["interface": "\(link.name)"])
            return
        }
        do {
            try routing.add(mif, interface: link.index)
        } catch {
            freeMIFs.append(mif)
            log.error(
                "the kernel did not take the interface", metadata: ["interface": "\(link.name)", "error": "\(error)"])
            return
        }
        link.mif = mif
        link.waitingFor = nil
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
            return sayDeaf(link, error)
        }
        link.waitingFor = nil
        if link.settings.robustnessVariable < 2 {
            log.warning(
                "robustness-variable is 1: one lost packet ends a membership", metadata: ["interface": "\(link.name)"])
        }
        link.mld = MLDRouter(configuration: link.settings, address: address, mtu: link.mtu)
        link.mld?.reportsEvents = !subscribers.isEmpty
        let now = Instant.now
        link.mld?.start(at: now, into: &mldActions)
        performMLDActions(of: link, receivedAt: now)
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
        do { try openCapture(on: link) } catch { sayDeaf(link, error) }
    }

    func closeCapture(on link: RouterLink) {
        guard let capture = link.capture else { return }
        countDrops(of: link)
        loop.unwatch(capture.handle.descriptor)
        link.capture = nil
    }

    private func sayDeaf(_ link: RouterLink, _ error: any Error) {
        log.error(
            "reports cannot be heard on the interface", metadata: ["interface": "\(link.name)", "error": "\(error)"])
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

    private func sayWaiting(_ link: RouterLink, for what: String) {
        guard link.waitingFor != what else { return }
        link.waitingFor = what
        logLimited(
            .linkWaiting(topicName(link)), level: .notice, "waiting for \(what)",
            metadata: ["interface": "\(link.name)"])
    }

    /// Interfaces that come and go under any name share one topic.
    private func topicName(_ link: RouterLink) -> String? { link.isAdopted ? nil : link.name }
}

extension Link {
    /// What `--all` takes and what is offered when no interface is named.
    public var canBeServed: Bool { isUp && isMulticastCapable && !isLoopback && !isBridgePort }
}
