import Channels
import Forwarding
import IPv6
import JSONText
import LinuxSystem
import Logging
import MLD
import MembershipObjects
import RouterControl
import Timing
import Varlink

/// A client of `Monitor`.
final class Subscriber {
    let call: VarlinkCall
    private var sequence: UInt64 = 0
    /// Events that came while the snapshot was being written; nil once it has been sent.
    private var waiting: [RouterEventText]? = []

    /// More waiting events than this, and the subscriber is too slow already.
    static let mostWaiting = 65_536

    init(call: VarlinkCall) { self.call = call }

    func tell(_ event: RouterEventText) {
        guard call.isOpen else { return }  // it goes once its end has been told
        if let count = waiting?.count {
            if count < Self.mostWaiting {
                waiting?.append(event)
            } else {
                waiting = []
                call.endTooSlow()
            }
            return
        }
        sequence += 1
        call.reply(event.numbered(sequence), continues: true)
    }

    /// What came while the snapshot was being written follows it.
    func tellWaiting() {
        let events = waiting ?? []
        waiting = nil
        for event in events { tell(event) }
    }
}

/// Events for whoever subscribes; while nobody does, none is made.
extension RouterAgent {
    func subscribe(_ call: VarlinkCall) {
        let subscriber = Subscriber(call: call)
        let identity = ObjectIdentifier(subscriber)
        call.onEnd = { [unowned self] in
            subscribers.removeAll { ObjectIdentifier($0) == identity }
            followSubscribers()
        }
        subscribers.append(subscriber)
        followSubscribers()
        // The snapshot takes its time; what happens meanwhile is told after it, in order, so that whoever applies the
        // events to the snapshot has the state as it is, also where the snapshot knew of an event already.
        Task {
            guard let groups = await groupList(for: call, on: links, group: nil),
                let routes = await routeList(for: call)
            else { return }
            let snapshot = Snapshot(
                time: wallClockSeconds(), interfaces: interfaceStatuses(), groups: groups, routes: routes,
                channels: channelStatuses())
            call.reply(snapshot, continues: true)
            subscriber.tellWaiting()
        }
    }

    private func followSubscribers() {
        for link in links { link.mld?.reportsEvents = !subscribers.isEmpty }
    }

    func publish(_ event: RouterEvent) {
        guard !subscribers.isEmpty else { return }
        let text = RouterEventText(event)
        for subscriber in subscribers { subscriber.tell(text) }
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

/// The first event of a subscription, as `RouterEvent.snapshot` with its lists written already.
private struct Snapshot: JSONWritable {
    let time: Double
    let interfaces: [InterfaceStatus]
    let groups: JSONListText
    let routes: JSONListText
    let channels: [ChannelStatus]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("sequence", 0)
            json.member("time", time)
            json.member("event", RouterEvent.Kind.snapshot)
            json.member("interfaces", interfaces)
            json.member("groups", groups)
            json.member("routes", routes)
            json.member("channels", channels)
        }
    }
}
