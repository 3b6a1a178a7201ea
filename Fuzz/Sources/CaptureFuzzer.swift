import CaptureFile
import Glibc
import JSONText
import Replay
import RouterControl
import Timing

/// A capture file, read by libpcap and replayed in both roles.
func fuzzCapture(_ input: UnsafeRawBufferPointer) {
    for role in ReplayRole.allCases { replay(input, role) }
}

private func replay(_ input: UnsafeRawBufferPointer, _ role: ReplayRole) {
    let descriptor = memfd_create("capture", UInt32(MFD_CLOEXEC))
    guard descriptor >= 0, write(descriptor, input.baseAddress, input.count) == input.count,
        lseek(descriptor, 0, SEEK_SET) == 0
    else { return require(false, "a file in memory can be made") }
    do throws(CaptureFileError) {
        var file = try CaptureFile(descriptor: descriptor, name: "f")
        var replay = CaptureReplay(role: role, interface: "f", linkLayer: file.linkLayer)
        var events: [RouterEvent] = []
        var before = replay.now
        while try file.next({ octets, frame in
            replay.receive(octets, frame, into: &events)
            require(replay.now >= before, "time does not step back")
            before = replay.now
        }) {}
        require(replay.frames == file.frames && replay.packets <= replay.frames, "every frame is counted")
        // Longer than any querier can make memberships last: 7 times an hour, and the time to respond.
        let end = replay.now + .seconds(30_000)
        replay.advance(to: end, into: &events)
        require(replay.end.groups.isEmpty || end > CapturedFrame.latest, "a silent link is forgotten")
        require(events.map(\.sequence) == (0..<UInt64(events.count)).map { $0 + 1 }, "events are counted")
        _ = JSONWriter.octets(of: replay.end)
    } catch {
        require(!error.description.isEmpty, "an error says what it is")
    }
}
