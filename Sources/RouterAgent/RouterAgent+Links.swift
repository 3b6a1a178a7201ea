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
    /// Makes the veth pair of the co-located sender.
    func makeSenderLink() throws {
        guard let name = configuration.senderLink else { return }
        senderLink = try VethPair.create("\(name)0", "\(name)1")
        links.append(RouterLink(name: "\(name)1", role: .source, settings: MLDConfiguration()))
    }

    func removeSenderLink() {
        guard let pair = senderLink else { return }
        senderLink = nil
        do { try pair.remove() } catch {
            log.warning("the sender's link was not removed", metadata: ["error": "\(error)"])
        }
    }

    /// Looks at every interface that exists now.
    func takeStockOfLinks() {
        for link in linkMonitor.links { update(link) }
        for link in links where link.index == 0 { sayWaiting(link, for: "the interface to appear") }
    }

    func readLinkChanges() {
        do {
            var changes: [LinkChange] = []
            try linkMonitor.process { changes.append(contentsOf: $0) }
            for change in changes {
                switch change {
                case .added(let link), .changed(_, to: let link): update(link)
                case .removed(let link):
                    guard let known = linkOfIndex[link.index] else { continue }
                    takeDown(known)
                    forget(known)
                    log.warning("interface has gone; waiting for it", metadata: ["interface": "\(known.name)"])
                }
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
        guard let link = links.first(where: { $0.name == seen.name }) ?? adopt(seen) else { return }
        if link.index != seen.index {
            if link.index != 0 {
                takeDown(link)
                forget(link)
            }
            link.index = seen.index
            linkOfIndex[seen.index] = link
        }
        link.mtu = seen.mtu
        let address = seen.linkLocalAddress
        link.isUp = seen.isUp && seen.isRunning
        guard link.isUp else {
            if link.mif != nil { log.warning("interface is down", metadata: ["interface": "\(link.name)"]) }
            takeDown(link)
            sayWaiting(link, for: "the interface to come up")
            return
        }
        guard seen.isMulticastCapable else {
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
        if address != link.address {
            link.address = address
            if let address { link.mld?.setAddress(address) }
        }
        guard link.role == .downstream, link.mif != nil else { return }
        if address == nil {
            sayWaiting(link, for: "a link-local address")
        } else if link.mld == nil {
            startMembership(on: link)
        }
    }

    /// With `--all`, an interface that can be served and is not one of ours.
    private func adopt(_ seen: Link) -> RouterLink? {
        guard let settings = configuration.serveAll, seen.canBeServed else { return nil }
        if let sender = configuration.senderLink, seen.name == "\(sender)0" || seen.name == "\(sender)1" { return nil }
        guard links.count < MIF.count else {
            log.error(
                "interface is not served: the kernel's table holds \(MIF.count) interfaces",
                metadata: ["interface": "\(seen.name)"])
            return nil
        }
        let link = RouterLink(name: seen.name, role: .downstream, settings: settings)
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
        forwarding.add(mif, role: role)
        log.info("interface is up", metadata: ["interface": "\(link.name)", "role": "\(link.role.rawValue)"])
        followInterestEverywhere(at: .now)  // an upstream is an outgoing interface of flows that are known
    }

    private func startMembership(on link: RouterLink) {
        guard let address = link.address else { return }
        do {
            // In either mode: it makes the interface take ff02::16 from the wire, and queries go out through it.
            try mldSocket.join(interface: link.index)
            if configuration.capture == .pcap { try openCapture(on: link) }
        } catch {
            log.error(
                "reports cannot be heard on the interface",
                metadata: ["interface": "\(link.name)", "error": "\(error)"])
            return
        }
        link.waitingFor = nil
        link.mld = MLDRouter(configuration: link.settings, address: address, mtu: link.mtu)
        link.mld?.reportsEvents = !subscribers.isEmpty
        let now = Instant.now
        link.mld?.start(at: now, into: &mldActions)
        performMLDActions(of: link, receivedAt: now)
        log.info(
            "listening for reports", metadata: ["interface": "\(link.name)", "address": "\(address)"])
    }

    private func openCapture(on link: RouterLink) throws {
        let capture = LinkCapture(try MLDCapture(interface: link.index, mtu: link.mtu))
        link.capture = capture
        let index = link.index
        try loop.watch(capture.handle.descriptor) { [unowned self] _ in readCapture(onInterface: index) }
    }

    /// Forgets what was learnt on a link, and takes it out of the kernel's table.
    private func takeDown(_ link: RouterLink) {
        if let capture = link.capture {
            loop.unwatch(capture.handle.descriptor)
            link.capture = nil
        }
        if link.mld != nil {
            try? mldSocket.leave(interface: link.index)  // gone with the interface, if that has gone
            let now = Instant.now
            link.mld?.stop(at: now, into: &mldActions)
            performMLDActions(of: link, receivedAt: now)
            link.mld = nil
        }
        guard let mif = link.mif else { return }
        link.mif = nil
        forwarding.remove(mif, wanted: { interest(in: $0) }, into: &forwardingActions)
        performForwardingActions()
        try? routing.remove(mif)  // gone with the interface, if that has gone
        freeMIFs.append(mif)
        followInterestEverywhere(at: .now)
    }

    private func forget(_ link: RouterLink) {
        linkOfIndex[link.index] = nil
        link.index = 0
        link.isUp = false
        link.address = nil
    }

    private func sayWaiting(_ link: RouterLink, for what: String) {
        guard link.waitingFor != what else { return }
        link.waitingFor = what
        log.notice("waiting for \(what)", metadata: ["interface": "\(link.name)"])
    }
}

extension Link {
    /// What `--all` takes and what is offered when no interface is named.
    public var canBeServed: Bool { isUp && isMulticastCapable && !isLoopback && !isBridgePort }
}
