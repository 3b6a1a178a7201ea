import CaptureFile
import Replay
import RouterControl
import Timing

/// What a replay of a capture told.
struct Replayed: Equatable {
    var events: [RouterEvent] = []
    var end: ReplayEnd
    var packets: Int

    /// - Parameter until: seconds after the first frame.
    init(
        _ sample: SampleCapture, _ form: SampleCapture.Form = .microseconds, as role: ReplayRole = .router,
        until: Double? = nil
    ) throws {
        var file = try CaptureFile(octets: sample.file(form))
        var replay = CaptureReplay(role: role, interface: "lan0", linkLayer: file.linkLayer)
        var events: [RouterEvent] = []
        while try file.next({ replay.receive($0, $1, into: &events) }) {}
        if let until, let start = replay.start { replay.advance(to: start + .seconds(until), into: &events) }
        (self.events, end, packets) = (events, replay.end, replay.packets)
    }

    var statistics: InterfaceStatistics { end.statistics[0] }

    /// `group mode version sources/hosts`, without the times.
    var groups: [String] {
        end.groups.map {
            "\($0.groupAddress) \($0.filterMode) \($0.compatibility) \($0.sources.count)/\($0.hosts.count)"
        }
    }

    func count(_ kind: RouterEvent.Kind) -> Int { events.count { $0.event == kind } }
}
