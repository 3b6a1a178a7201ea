import IPv6

extension FrameVariation {
    private static let joined = "ff1e::77"
    private static let long = report(tail: 2000)

    static let all: [FrameVariation] = wellFormed + options + headers + tags + fragmented + wrong

    private static let wellFormed = [
        FrameVariation("report", frame(), joined),
        FrameVariation("version 1 report", frame(mldMessage(type: 131, group: group), to: group), joined),
        FrameVariation(
            "version 1 report of a group of link scope",
            frame(mldMessage(type: 131, group: mdns), to: mdns), "ff02::fb", except: [.socket: ""]),
        FrameVariation("padding of the link behind the packet", frame() + [1, 2, 3], joined),
        FrameVariation("octets behind the records", frame(report(tail: 100)), joined),
    ]

    private static let mdns = IPv6Address(high: 0xff02_0000_0000_0000, low: 0xfb)

    private static let options = [
        FrameVariation("no hop-by-hop options", frame(headers: []), "router_alert"),
        FrameVariation("no Router Alert among them", frame(headers: [.hopByHop([1, 4, 0, 0, 0, 0])]), "router_alert"),
        FrameVariation(
            "Router Alert of another protocol", frame(headers: [.hopByHop([5, 2, 0, 1, 1, 0])]), "router_alert"),
        FrameVariation(
            "version 1 report without Router Alert",
            frame(mldMessage(type: 131, group: group), [], to: group), "router_alert", except: [.socket: ""]),
        FrameVariation("padding before Router Alert", frame(headers: [.hopByHop([1, 0, 5, 2, 0, 0])]), joined),
        FrameVariation("Pad1 around it", frame(headers: [.hopByHop([0, 5, 2, 0, 0, 0])]), joined),
        FrameVariation(
            "more padding than Linux takes",
            frame(headers: [.hopByHop([1, 12] + [UInt8](repeating: 0, count: 12) + [5, 2, 0, 0, 0, 0, 0, 0])]), joined,
            except: [.socket: ""]),
        FrameVariation(
            "padding that is not zero", frame(headers: [.hopByHop([5, 2, 0, 0, 1, 6, 1, 2, 3, 4, 5, 6, 1, 0])]), joined,
            except: [.socket: ""]),
        FrameVariation(
            "an unknown option to be skipped",
            frame(headers: [.hopByHop([0x3e, 4, 1, 2, 3, 4, 5, 2, 0, 0, 0, 0, 1, 0])]), joined),
        FrameVariation(
            "700 octets of unknown options",
            frame(
                headers: [
                    .hopByHop(
                        [UInt8](
                            [0, 1, 2].map { _ in [0x3e, 230] + [UInt8](repeating: 9, count: 230) }.joined()) + [
                                5, 2, 0, 0, 0, 0,
                            ])
                ]), joined),
        FrameVariation(
            "an unknown option that says to discard", frame(headers: [.hopByHop(alert + [0x41, 6, 0, 0, 0, 0, 0, 0])]),
            ""),
        FrameVariation("an option beyond its header", frame(headers: [.hopByHop([5, 2, 0, 0, 1, 9])]), ""),
    ]

    private static let skipped: [UInt8] = [0x1e, 4, 1, 2, 3, 4]

    private static let headers = [
        FrameVariation(
            "destination options", frame(headers: [.hopByHop(alert), .destinationOptions(skipped)]), joined),
        FrameVariation(
            "twice destination options",
            frame(headers: [.hopByHop(alert), .destinationOptions(skipped), .destinationOptions(skipped)]), joined),
        FrameVariation("destination options alone", frame(headers: [.destinationOptions(skipped)]), "router_alert"),
        FrameVariation(
            "Router Alert among destination options", frame(headers: [.destinationOptions(alert)]), "router_alert"),
        FrameVariation(
            "destination options that say to discard",
            frame(headers: [.hopByHop(alert), .destinationOptions([0x9e, 4, 1, 2, 3, 4])]), ""),
        FrameVariation(
            "hop-by-hop options not first", frame(headers: [.destinationOptions(skipped), .hopByHop(alert)]), ""),
        FrameVariation("routing header to a group", frame(headers: [.hopByHop(alert), .routing]), ""),
        FrameVariation("atomic fragment", frame(headers: [.hopByHop(alert), .atomicFragment]), joined),
        FrameVariation("atomic fragment without Router Alert", frame(headers: [.atomicFragment]), "router_alert"),
        FrameVariation(
            "options around an atomic fragment",
            frame(
                headers: [
                    .hopByHop(alert), .destinationOptions(skipped), .atomicFragment, .destinationOptions(skipped),
                ]), joined),
        FrameVariation(
            "atomic fragment in another", frame(headers: [.hopByHop(alert), .atomicFragment, .atomicFragment]), ""),
        FrameVariation("no ICMPv6 behind the options", frame([], to: group), ""),
    ]

    private static let tags = [
        FrameVariation("priority tag", frame(tags: [0x81, 0, 0xe0, 0]), joined),
        FrameVariation("priority tag of 802.1ad", frame(tags: [0x88, 0xa8, 0xe0, 0]), joined),
        FrameVariation(
            "two priority tags", frame(tags: [0x81, 0, 0xe0, 0, 0x81, 0, 0x20, 0]), joined, except: [.capture: ""]),
        // A file is of the link whose messages come first.
        FrameVariation("VLAN 5", frame(tags: [0x81, 0, 0xe0, 5]), "", except: [.file: joined]),
        FrameVariation(
            "VLAN 5 among others", [frame(mldMessage(type: 130, group: group)), frame(tags: [0x81, 0, 0, 5])], "query"),
        FrameVariation("to another host's link-layer address", toAnother, "", except: [.file: joined]),
    ]

    private static var toAnother: [UInt8] { [2, 0, 0, 0, 0, 77] + frame()[6...] }

    private static let fragmented = [
        FrameVariation("two fragments", fragments([0..<1200, 1200..<3000], of: long), joined),
        FrameVariation("the last one first", fragments([1200..<3000, 0..<1200], of: long), joined),
        FrameVariation("three, mixed up", fragments([1200..<1600, 1600..<3000, 0..<1200], of: long), joined),
        FrameVariation("one twice", fragments([0..<1200, 0..<1200, 1200..<3000], of: long), joined),
        FrameVariation(
            "destination options divided with it",
            fragments([0..<1200, 1200..<3000], of: long, inner: [.destinationOptions(skipped)]), joined),
        FrameVariation(
            "two messages at once",
            zip(
                fragments([0..<1200, 1200..<3000], of: long),
                fragments([1200..<3000, 0..<1200], of: report(of: mdns, tail: 2000), number: 2)
            ).flatMap { [$0, $1] }, "ff02::fb ff1e::77"),
        FrameVariation(
            "overlapping (RFC 5722)", fragments([0..<1200, 800..<1600, 1200..<3000], of: long), "fragment",
            except: [.socket: ""]),
        // A capture that goes on gives it up after a minute; at the end of a file nothing more comes.
        FrameVariation(
            "one missing", fragments([0..<800, 1200..<3000], of: long), "", except: [.file: "fragment"]),
        FrameVariation(
            "headers not in the first one (RFC 7112)",
            fragments(
                [0..<16, 16..<3000], of: report(), inner: [.destinationOptions(skipped + [1, 6, 0, 0, 0, 0, 0, 0])]),
            "", except: [.file: "fragment"]),
        FrameVariation(
            "a fragment in a fragment", fragments([0..<16, 16..<3000], of: report(), inner: [.atomicFragment]), "",
            except: [.file: "fragment"]),
        FrameVariation(
            "checksum wrong after all",
            fragments([0..<1200], of: long) + fragments([1200..<3000], of: report(tail: 1999) + [8]), "checksum"),
    ]

    private static let wrong = [
        FrameVariation("checksum", damaged { $0[62 + 3] ^= 1 }, "checksum"),
        FrameVariation("hop limit", frame(hopLimit: 64), "hop_limit"),
        FrameVariation("shorter than it says", Array(frame().dropLast(4)), ""),
        FrameVariation("echo request", frame([128, 0, 0, 0, 0, 1, 0, 1]), ""),
        FrameVariation("too long", big(10_000), "too_long"),
        FrameVariation("far too long", big(20_000), "too_long"),
        FrameVariation("as long as may be", big(9216), joined),
    ]

    private static func damaged(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
        var frame = frame()
        change(&frame)
        return frame
    }

    /// A message of so many octets, in fragments.
    private static func big(_ count: Int) -> [[UInt8]] {
        let message = report(tail: count - report().count)
        return fragments(stride(from: 0, to: count, by: 1200).map { $0..<min($0 + 1200, count) }, of: message)
    }

    private static func frame(headers: [Header]) -> [UInt8] { frame(report(), headers) }
}
