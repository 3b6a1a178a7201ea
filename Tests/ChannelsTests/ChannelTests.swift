import IPv6
import Testing
import Timing

@testable import Channels

private let lan0 = MIFSet(rawValue: 1)
private let lan1 = MIFSet(rawValue: 2)
private let group = IPv6Address("ff3e::8000:42")!
private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: 5_000_000_000 + UInt64(seconds * 1e9)) }

/// A channel, and the actions that its last input brought.
private struct Driven {
    var channel: Channel
    init(command: [String]? = nil, hold: Duration = .seconds(2), minimum: Duration = .zero) {
        channel = Channel(
            ChannelConfiguration(name: "c", group: group, holdTime: hold, minimumRunTime: minimum, command: command))
    }
    mutating func feed(_ body: (inout Channel, inout [Channel.Action]) -> Void) -> [Channel.Action] {
        var actions: [Channel.Action] = []
        body(&channel, &actions)
        return actions
    }
    mutating func listeners(_ set: MIFSet, _ seconds: Double) -> [Channel.Action] {
        feed { $0.listeners(on: set, at: at(seconds), into: &$1) }
    }
    mutating func advance(_ seconds: Double) -> [Channel.Action] { feed { $0.advance(to: at(seconds), into: &$1) } }
}

@Test("C88 The first listener starts a watched channel at once, the last one stops it after the hold time")
func watchedChannel() {
    var driven = Driven()
    #expect(driven.listeners(lan0, 0) == [.started, .changed])
    #expect(driven.channel.state == .sending)
    #expect(driven.listeners([], 5) == [.changed])
    #expect(driven.channel.state == .holding)
    #expect(driven.channel.nextDeadline == at(7))
    #expect(driven.advance(6.9) == [])
    #expect(driven.advance(7) == [.stopped, .changed])
    #expect(driven.channel.state == .idle)
    #expect(driven.channel.nextDeadline == nil)
}

@Test("C87 One of several listeners leaving does not stop the sender")
func severalListeners() {
    var driven = Driven()
    _ = driven.listeners(lan0, 0)
    #expect(driven.listeners([lan0, lan1], 1) == [.changed])
    #expect(driven.listeners(lan1, 2) == [.changed])
    #expect(driven.channel.state == .sending)
    #expect(driven.channel.starts == 1)
}

@Test("C86 The same listeners once more, or others of the same interfaces, are no news")
func unchangedListeners() {
    var driven = Driven(command: ["/bin/send"])
    #expect(driven.listeners([], 0) == [], "nobody there, nobody gone")
    #expect(driven.listeners(lan0, 0) == [.start, .started, .changed])
    _ = driven.feed { $0.commandStarted(at: at(0), into: &$1) }
    for second in 1...100 { #expect(driven.listeners(lan0, Double(second)) == []) }
    #expect(driven.channel.starts == 1)
}

@Test("C86 M9 A group that no channel is about starts nothing")
func otherGroups() {
    let table = ChannelTable(configurations: [ChannelConfiguration(name: "a", group: group)])
    #expect(table.channels(of: group).count == 1)
    #expect(table.channels(of: IPv6Address("ff3e::8000:43")!).isEmpty)
}

@Test("C87 The sender stops only when the last interface has lost its last listener, and the hold time is over")
func lastInterface() {
    var driven = Driven()
    _ = driven.listeners([lan0, lan1], 0)
    for (set, second) in [(lan1, 1), (lan0, 2), ([lan0, lan1], 3), (lan1, 4)] as [(MIFSet, Double)] {
        #expect(driven.listeners(set, second) == [.changed])
        #expect(driven.advance(second + 0.9) == [] && driven.channel.state == .sending)
    }
    #expect(driven.listeners([], 5) == [.changed])
    #expect(driven.advance(7) == [.stopped, .changed])
}

@Test("C88 A listener who comes back within the hold time finds the sender still sending")
func holding() {
    var driven = Driven()
    _ = driven.listeners(lan0, 0)
    _ = driven.listeners([], 1)
    #expect(driven.listeners(lan1, 2) == [.changed])
    #expect(driven.channel.state == .sending)
    #expect(driven.channel.starts == 1)
    #expect(driven.advance(60) == [])
}

@Test("C88 M9 Hold time 0 stops at once, unless the minimum run time is not over")
func holdTimeZero() {
    var driven = Driven(hold: .zero)
    _ = driven.listeners(lan0, 0)
    #expect(driven.listeners([], 1) == [.stopped, .changed, .changed])
    var minimum = Driven(hold: .zero, minimum: .seconds(30))
    _ = minimum.listeners(lan0, 0)
    #expect(minimum.listeners([], 1) == [.changed])
    #expect(minimum.channel.nextDeadline == at(30))
}

@Test("A command runs while there are listeners and is killed if it does not end")
func command() {
    var driven = Driven(command: ["/bin/send"], hold: .seconds(1))
    #expect(driven.listeners(lan0, 0) == [.start, .started, .changed])
    #expect(driven.channel.state == .starting)
    #expect(driven.feed { $0.commandStarted(at: at(0), into: &$1) } == [.changed])
    #expect(driven.channel.state == .sending)
    _ = driven.listeners([], 2)
    #expect(driven.advance(3) == [.terminate, .stopped, .changed])
    #expect(driven.advance(13) == [.kill])
    #expect(driven.feed { $0.commandEnded(failure: "ended by signal 9", at: at(13), into: &$1) } == [])
    #expect(driven.channel.state == .idle)
    #expect(!driven.channel.hasCommandProcess)
}

@Test("M9 There are never two copies: a command wanted again while it ends is started after it has ended")
func neverTwoCopies() {
    var driven = Driven(command: ["/bin/send"], hold: .zero)
    _ = driven.listeners(lan0, 0)
    _ = driven.feed { $0.commandStarted(at: at(0), into: &$1) }
    #expect(driven.listeners([], 1) == [.terminate, .stopped, .changed, .changed])
    #expect(driven.listeners(lan0, 2) == [.started, .changed])
    #expect(driven.channel.state == .starting)
    #expect(driven.feed { $0.commandEnded(failure: nil, at: at(3), into: &$1) } == [.start])
}

@Test("M9 A command that fails is restarted ever more slowly, and starts over after ten seconds of running")
func backOff() {
    var driven = Driven(command: ["/bin/send"])
    _ = driven.listeners(lan0, 0)
    var time = 0.0
    #expect(driven.channel.starts == 1)
    for wait in [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30] {
        _ = driven.feed { $0.commandStarted(at: at(time), into: &$1) }
        #expect(driven.feed { $0.commandEnded(failure: "exit 1", at: at(time), into: &$1) } == [.failed, .changed])
        #expect(driven.channel.state == .failed)
        #expect(driven.channel.lastError == "exit 1")
        time += wait
        #expect(driven.advance(time - 0.01) == [])
        #expect(driven.advance(time + 0.001) == [.start, .changed])
        time += 0.001
    }
    _ = driven.feed { $0.commandStarted(at: at(time), into: &$1) }
    _ = driven.feed { $0.commandEnded(failure: "exit 1", at: at(time + 10), into: &$1) }
    #expect(driven.advance(time + 10.11) == [.start, .changed])
    #expect(driven.channel.starts == 13, "each attempt counts")
}

@Test("A command that could not be started at all fails the channel, and a leave ends the attempts")
func unstartable() {
    var driven = Driven(command: ["/nowhere"])
    _ = driven.listeners(lan0, 0)
    #expect(driven.feed { $0.commandFailed("no such file", at: at(0), into: &$1) } == [.failed, .changed])
    #expect(driven.channel.starts == 1, "an attempt is counted although nothing ran")
    #expect(driven.listeners([], 0.05) == [.stopped, .changed, .changed])
    #expect(driven.advance(60) == [])
    #expect(driven.channel.state == .idle)
}

@Test("At the agent's end the command is asked to end, whatever the hold time")
func shutDown() {
    var driven = Driven(command: ["/bin/send"], hold: .seconds(600))
    _ = driven.listeners(lan0, 0)
    _ = driven.feed { $0.commandStarted(at: at(0), into: &$1) }
    #expect(driven.feed { $0.shutDown(at: at(1), into: &$1) } == [.terminate, .stopped, .changed])
}

@Test("M9 A channel that only watchers want exists while it is watched; a configured one stays")
func watchedTable() {
    var table = ChannelTable(configurations: [ChannelConfiguration(name: "firmware", group: group)], maximumWatched: 1)
    let configured = table.watch(group: group, source: nil)
    #expect(table[configured!]?.configuration.name == "firmware")
    let source = IPv6Address("2001:db8::1")!
    let made = table.watch(group: group, source: source)!
    #expect(table[made]?.configuration.name == "2001:db8::1,ff3e::8000:42")
    #expect(table.watch(group: group, source: source) == made)
    #expect(table.watch(group: IPv6Address("ff1e::9")!, source: nil) == nil)
    #expect(table.channels(of: group) == [configured!, made])
    table.unwatch(made)
    #expect(table[made] != nil)
    table.unwatch(made)
    #expect(table[made] == nil)
    table.unwatch(configured!)
    #expect(table[configured!] != nil)
}

@Test("The table wakes only the channel whose time has come, also after its deadline has moved")
func tableDeadlines() {
    var table = ChannelTable(configurations: [ChannelConfiguration(name: "a", group: group)])
    var actions: [ChannelTable.Action] = []
    table.update(0, into: &actions) { $0.listeners(on: lan0, at: at(0), into: &$1) }
    table.update(0, into: &actions) { $0.listeners(on: [], at: at(1), into: &$1) }
    table.update(0, into: &actions) { $0.listeners(on: lan0, at: at(2), into: &$1) }
    table.update(0, into: &actions) { $0.listeners(on: [], at: at(2.5), into: &$1) }
    actions = []
    table.advance(to: at(3), into: &actions)
    #expect(actions == [])
    table.advance(to: at(4.5), into: &actions)
    #expect(actions.map(\.action) == [.stopped, .changed])
}

@Test("M9 Listeners who come and go do not make a failing command start any faster")
func flapsDoNotSkipTheWait() {
    var driven = Driven(command: ["/bin/send"])
    var starts = driven.listeners(lan0, 0).count { $0 == .start }
    for step in 0..<1000 {  // ten seconds of leaves and joins, a hundred a second, and every run fails at once
        let time = Double(step) / 100
        starts += driven.advance(time).count { $0 == .start }
        if driven.channel.state == .starting {
            _ = driven.feed { $0.commandFailed("exit 1", at: at(time), into: &$1) }
        }
        starts += driven.listeners([], time + 0.002).count { $0 == .start }
        starts += driven.listeners(lan0, time + 0.004).count { $0 == .start }
    }
    #expect((5...8).contains(starts), "waits of 0.1, 0.2, 0.4 s and so on")
    // Whoever comes long after finds no wait.
    _ = driven.listeners([], 20)
    #expect(driven.listeners(lan0, 100) == [.start, .started, .changed])
}

@Test("Listeners who come and go do not make the queue of deadlines longer")
func boundedDeadlines() {
    var table = ChannelTable(configurations: [
        ChannelConfiguration(name: "a", group: group, holdTime: .seconds(600))
    ])
    var actions: [ChannelTable.Action] = []
    for step in 0..<10_000 {
        table.update(0, into: &actions) { $0.listeners(on: lan0, at: at(Double(step) / 100), into: &$1) }
        table.update(0, into: &actions) { $0.listeners(on: [], at: at(Double(step) / 100 + 0.005), into: &$1) }
        table.advance(to: at(Double(step) / 100 + 0.007), into: &actions)
    }
    #expect(table.pendingDeadlines <= 2)
    actions = []
    table.advance(to: at(99.995 + 599.9), into: &actions)
    #expect(actions == [])
    table.advance(to: at(99.995 + 600), into: &actions)
    #expect(actions.map(\.action) == [.stopped, .changed])
}
