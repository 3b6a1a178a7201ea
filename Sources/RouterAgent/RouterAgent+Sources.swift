import Forwarding
import IPv6
import LinuxNetwork
import LinuxSystem
import Logging
import RouterControl
import Timing

/// Where flows may come from, by unicast routing, and what is refused because it came from elsewhere.
extension RouterAgent {
    /// One question to the kernel, so not for every packet: for new flows, and for known ones when routing has changed.
    func origin(of source: IPv6Address) -> SourceOrigin {
        let route: UnicastRoute?
        do {
            route = try unicastRoutes.route(to: source)
        } catch {
            logLimited(.reading, "where a source is could not be found out", metadata: ["error": "\(error)"])
            return .unknown
        }
        guard let route else { return .unknown }
        var mifs: MIFSet = []
        for index in route.interfaces {
            if let mif = linkOfIndex[index]?.mif { mifs.insert(mif) }
        }
        return switch route.kind {
        case .own: .own
        case .onLink where !mifs.isEmpty: .onLink(mifs)
        case .routed where !mifs.isEmpty: .routed(mifs)
        case .onLink, .routed: .unknown
        }
    }

    func readRoutingChanges() {
        do {
            if try unicastMonitor.takeChanges() { forwarding.routingChanged(at: .now) }
        } catch {
            log.error("changes of routing were not read", metadata: ["error": "\(error)"])
        }
        armTimer()
    }

    /// Counts each, and tells of one a minute for each interface.
    func noteRefusal(of flow: Flow, on mif: MIF, expected: MIF?) {
        guard let link = links.first(where: { $0.mif == mif }) else { return }
        link.sourcesRefused += 1
        let expectedName = expected.map { name(of: $0) }
        let isLogged = refusalLog.log(
            mif, "packets of a source came in where it cannot be: not forwarded (source-check)",
            metadata: [
                "interface": "\(link.name)", "source": "\(flow.source)", "group": "\(flow.group)",
                "expected": "\(expectedName ?? "none")",
            ], at: .now, to: log)
        guard isLogged, !subscribers.isEmpty else { return }
        var event = RouterEvent(time: wallClockSeconds(), event: .sourceRefused, interface: link.name)
        event.sourceAddress = "\(flow.source)"
        event.groupAddress = "\(flow.group)"
        event.incomingInterface = expectedName
        publish(event)
    }
}
