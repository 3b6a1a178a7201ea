public import IPv6
public import Timing

/// All channels of an agent, found by group without a scan.
///
/// Configured channels stay; a channel that somebody watches and nobody configured exists for as long as it is watched.
public struct ChannelTable: Sendable {
    public typealias ID = Int

    /// An action of one channel.
    public struct Action: Equatable, Sendable {
        public var channel: ID
        public var action: Channel.Action
    }

    private struct Deadline {
        var channel: ID
        var at: Instant
    }

    /// How many channels watchers may make.
    public let maximumWatched: Int

    private var channels: [ID: Channel] = [:]
    private var configured: Set<ID> = []
    private var ofGroup: [IPv6Address: [ID]] = [:]
    private var deadlines = DeadlineQueue<Deadline>()
    /// The one entry of the queue that each channel has at most: listeners who come and go must not make it grow.
    private var queued: [ID: Instant] = [:]
    private var nextID = 0
    private var scratch: [Channel.Action] = []

    public init(configurations: [ChannelConfiguration] = [], maximumWatched: Int = 1024) {
        self.maximumWatched = maximumWatched
        for configuration in configurations { configured.insert(add(configuration)) }
    }

    public var count: Int { channels.count }
    public var nextDeadline: Instant? { deadlines.next }
    /// For tests: a queue that only ever grows would be a leak.
    var pendingDeadlines: Int { deadlines.count }

    /// The IDs in the order in which the channels were made.
    public var ids: [ID] { channels.keys.sorted() }

    public subscript(id: ID) -> Channel? { channels[id] }

    /// Whether the channel stays when nobody watches it.
    public func isConfigured(_ id: ID) -> Bool { configured.contains(id) }

    public func channels(of group: IPv6Address) -> [ID] { ofGroup[group] ?? [] }

    /// Counts one more watcher of the channel with exactly this group and source, making one if there is none.
    /// - Returns: nil if too many are being watched.
    public mutating func watch(group: IPv6Address, source: IPv6Address?) -> ID? {
        let existing = channels(of: group).first { channels[$0]?.configuration.source == source }
        if existing == nil && channels.count - configured.count >= maximumWatched { return nil }
        let id =
            existing
            ?? add(
                ChannelConfiguration(
                    name: source.map { "\($0),\(group)" } ?? "\(group)", group: group, source: source))
        channels[id]?.watchers += 1
        return id
    }

    /// Counts one watcher less; a channel that only watchers wanted goes with the last one.
    public mutating func unwatch(_ id: ID) {
        channels[id]?.watchers -= 1
        guard let channel = channels[id], channel.watchers == 0, !configured.contains(id) else { return }
        channels[id] = nil
        queued[id] = nil
        let group = channel.configuration.group
        ofGroup[group]?.removeAll { $0 == id }
        if ofGroup[group]?.isEmpty == true { ofGroup[group] = nil }
    }

    /// Feeds one channel and collects its actions.
    public mutating func update(
        _ id: ID, into actions: inout [Action], _ body: (inout Channel, inout [Channel.Action]) -> Void
    ) {
        guard channels[id] != nil else { return }
        scratch.removeAll(keepingCapacity: true)
        body(&channels[id]!, &scratch)
        for action in scratch { actions.append(Action(channel: id, action: action)) }
        schedule(id)
    }

    private mutating func schedule(_ id: ID) {
        guard let deadline = channels[id]?.nextDeadline, deadline < queued[id] ?? .distantFuture else { return }
        queued[id] = deadline
        deadlines.schedule(Deadline(channel: id, at: deadline), at: deadline)
    }

    public mutating func advance(to now: Instant, into actions: inout [Action]) {
        while let due = deadlines.popDue(at: now) {
            guard queued[due.channel] == due.at else { continue }  // an earlier one has taken its place
            queued[due.channel] = nil
            guard let deadline = channels[due.channel]?.nextDeadline else { continue }
            if deadline > now {  // it has moved since
                schedule(due.channel)
            } else {
                update(due.channel, into: &actions) { $0.advance(to: now, into: &$1) }
            }
        }
    }

    private mutating func add(_ configuration: ChannelConfiguration) -> ID {
        let id = nextID
        nextID += 1
        channels[id] = Channel(configuration)
        ofGroup[configuration.group, default: []].append(id)
        return id
    }
}
