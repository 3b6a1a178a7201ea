import Channels
import Forwarding
import IPv6
import LinuxSystem
import Logging
import MLD
import RouterControl
import Timing
import Varlink

/// A client of `Monitor`.
final class Subscriber {
    let call: VarlinkCall
    var sequence: UInt64 = 0
    init(call: VarlinkCall) { self.call = call }
}

/// Events for whoever subscribes; while nobody does, none is made.
extension RouterAgent {
    func subscribe(_ call: VarlinkCall) {
        let subscriber = Subscriber(call: call)
        let identity = ObjectIdentifier(subscriber)
        call.onClose = { [unowned self] in
            subscribers.removeAll { ObjectIdentifier($0) == identity }
            followSubscribers()
        }
        subscribers.append(subscriber)
        followSubscribers()
        let snapshot = RouterEvent.snapshot(
            sequence: 0, time: wallClockSeconds(), interfaces: interfaceStatuses(),
            groups: groupStatuses(), routes: routeStatuses(), channels: channelStatuses())
        call.reply(snapshot, continues: true)
    }

    private func followSubscribers() {
        for link in links { link.mld?.reportsEvents = !subscribers.isEmpty }
    }

    private func publish(_ event: RouterEvent) {
        for subscriber in subscribers {
            subscriber.sequence += 1
            var event = event
            event.sequence = subscriber.sequence
            subscriber.call.reply(event, continues: true)
        }
    }

    func publish(_ event: MLDEvent, of link: RouterLink) {
        guard !subscribers.isEmpty else { return }
        publish(RouterEvent(event, interface: link.name, at: wallClockSeconds()))
    }

    func publishRoute(_ kind: RouterEvent.Kind, _ flow: Flow, _ incoming: MIF?, _ outgoing: MIFSet) {
        guard !subscribers.isEmpty else { return }
        var event = RouterEvent(time: wallClockSeconds(), event: kind)
        event.sourceAddress = "\(flow.source)"
        event.groupAddress = "\(flow.group)"
        if let incoming {
            event.incomingInterface = name(of: incoming)
            event.outgoingInterfaces = names(of: outgoing)
            event.state = (outgoing.isEmpty ? RouteStatus.State.drop : .forward).rawValue
        }
        publish(event)
    }

    func publishChannel(_ kind: RouterEvent.Kind, _ id: ChannelTable.ID) {
        if let channel = channels[id] { publishChannel(kind, channel, id: id) }
    }

    /// For a channel that may have gone already.
    func publishChannel(_ kind: RouterEvent.Kind, _ channel: Channel, id: ChannelTable.ID) {
        guard !subscribers.isEmpty else { return }
        var event = RouterEvent(time: wallClockSeconds(), event: kind)
        event.channel = channel.configuration.name
        event.groupAddress = "\(channel.configuration.group)"
        event.sourceAddress = channel.configuration.source.map { "\($0)" }
        event.state = channel.state.rawValue
        if kind == .channelStarted { event.triggerLatency = triggerLatency[id]?.inSeconds }
        if kind == .channelFailed { event.message = channel.lastError }
        publish(event)
    }
}
