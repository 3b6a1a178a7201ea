import Channels
import Glibc
import IPv6
import LinuxSystem
import Logging
import RouterControl
import Timing
import Varlink

/// Senders follow listeners: watching senders are told, commands are run.
extension RouterAgent {
    func followInterest(of id: ChannelTable.ID, receivedAt: Instant) {
        guard !isStopping, let channel = channels[id] else { return }
        let wanted = channel.configuration
        var set: MIFSet = []
        for link in links {
            if let mif = link.mif, link.wants(group: wanted.group, source: wanted.source) { set.insert(mif) }
        }
        guard set != channel.interfaces else { return }
        channels.update(id, into: &channelActions) { $0.listeners(on: set, at: receivedAt, into: &$1) }
        performChannelActions(receivedAt: receivedAt)
    }

    func performChannelActions(receivedAt: Instant) {
        guard !isPerformingChannels else { return }  // whoever is at it comes to what was added
        isPerformingChannels = true
        defer { isPerformingChannels = false }
        var index = 0
        while index < channelActions.count {  // starting a command may add some
            let (id, action) = (channelActions[index].channel, channelActions[index].action)
            switch action {
            case .start: startCommand(of: id)
            case .terminate: commands[id]?.send(signal: SIGTERM)
            case .kill:
                logLimited(
                    .channelFailure(topicID(id)), "the command did not end: killed",
                    metadata: ["channel": "\(channelName(id))"])
                commands[id]?.send(signal: SIGKILL)
            case .changed: tellWatchers(of: id)
            case .started: channelStarted(id, receivedAt: receivedAt)
            case .stopped:
                logLimited(
                    .channel(topicID(id)), level: .info, "channel stopped",
                    metadata: ["channel": "\(channelName(id))"])
                publishChannel(.channelStopped, id)
            case .failed:
                let reason = channels[id]?.lastError ?? ""
                logLimited(
                    .channelFailure(topicID(id)), level: .error, "the channel's command failed",
                    metadata: ["channel": "\(channelName(id))", "error": "\(reason)"])
                publishChannel(.channelFailed, id)
            }
            index += 1
        }
        channelActions.removeAll(keepingCapacity: true)
    }

    private func channelStarted(_ id: ChannelTable.ID, receivedAt: Instant) {
        // The sender comes first: it is told here, and the log can wait.
        let hasCommand = channels[id]?.configuration.command != nil
        if !hasCommand { tellWatchers(of: id) }
        triggerLatency[id] = Instant.now - receivedAt
        logLimited(
            .channel(topicID(id)), level: .info, "channel started", metadata: ["channel": "\(channelName(id))"])
        publishChannel(.channelStarted, id)
    }

    private func channelName(_ id: ChannelTable.ID) -> String { channels[id]?.configuration.name ?? "" }

    /// Channels that are only watched come and go as clients like, and share one topic.
    private func topicID(_ id: ChannelTable.ID) -> ChannelTable.ID? { channels.isConfigured(id) ? id : nil }

    // MARK: watching senders

    /// A client that holds `WatchChannel` open.
    func watch(_ channel: ChannelTable.ID, by call: VarlinkCall) {
        let watcher = ChannelWatcher(call: call)
        watchers[channel, default: []].append(watcher)
        let identity = ObjectIdentifier(watcher)
        call.onEnd = { [unowned self] in
            watchers[channel]?.removeAll { ObjectIdentifier($0) == identity }
            if watchers[channel]?.isEmpty == true { watchers[channel] = nil }
            let last = channels[channel]
            channels.unwatch(channel)
            if channels[channel] == nil {
                triggerLatency[channel] = nil
                if let last, last.state != .idle { publishChannel(.channelStopped, last, id: channel) }
            }
            logLimited(
                .watcher, level: .info, "a sender has stopped watching", metadata: ["pid": "\(call.peer.pid)"])
        }
        followInterest(of: channel, receivedAt: .now)
        tellWatchers(of: channel)
        armTimer()
    }

    private func tellWatchers(of id: ChannelTable.ID) {
        guard let watchers = watchers[id], let status = status(of: id) else { return }
        for watcher in watchers {
            guard watcher.lastSent != status else { continue }
            watcher.lastSent = status
            watcher.sequence += 1
            watcher.call.reply(
                WatchedChannel(channel: status, sequence: watcher.sequence, sendInterface: sendInterface),
                continues: true)
        }
    }

    /// Where a co-located sender sends.
    var sendInterface: String? { configuration.senderLink.map { "\($0)0" } }

    // MARK: commands

    private func startCommand(of id: ChannelTable.ID) {
        guard let channel = channels[id], let arguments = channel.configuration.command else { return }
        do {
            let command = try ChannelCommand(arguments, environment: environment(of: channel))
            do {
                try loop.watch(command.descriptor) { [unowned self] _ in commandMayHaveEnded(id) }
            } catch {
                command.send(signal: SIGKILL)
                throw error
            }
            commands[id] = command
            channels.update(id, into: &channelActions) { $0.commandStarted(at: .now, into: &$1) }
            logLimited(
                .command(topicID(id)), level: .info, "command started",
                metadata: ["channel": "\(channel.configuration.name)", "pid": "\(command.pid)"])
        } catch {
            channels.update(id, into: &channelActions) { $0.commandFailed("\(error)", at: .now, into: &$1) }
        }
    }

    private func commandMayHaveEnded(_ id: ChannelTable.ID) {
        guard let command = commands[id], let exit = command.reap() else { return }
        loop.unwatch(command.descriptor)
        commands[id] = nil
        let now = Instant.now
        logLimited(
            .command(topicID(id)), level: .info, "command ended",
            metadata: ["channel": "\(channelName(id))", "exit": "\(exit)"])
        channels.update(id, into: &channelActions) {
            $0.commandEnded(failure: exit == .code(0) ? nil : "\(exit)", at: now, into: &$1)
        }
        performChannelActions(receivedAt: now)
        armTimer()
        finishIfCommandsHaveEnded()
    }

    private func environment(of channel: Channel) -> [String: String] {
        var environment = ChannelCommand.inheritedEnvironment
        environment["LCROUTE_CHANNEL"] = channel.configuration.name
        environment["LCROUTE_GROUP"] = "\(channel.configuration.group)"
        environment["LCROUTE_SOURCE"] = channel.configuration.source.map { "\($0)" } ?? ""
        environment["LCROUTE_INTERFACES"] = names(of: channel.interfaces).joined(separator: " ")
        environment["LCROUTE_SEND_INTERFACE"] = sendInterface ?? ""
        return environment
    }
}

/// A client that holds `WatchChannel` open, and what it was told last.
final class ChannelWatcher {
    let call: VarlinkCall
    var sequence: UInt64 = 0
    var lastSent: ChannelStatus?
    init(call: VarlinkCall) { self.call = call }
}
