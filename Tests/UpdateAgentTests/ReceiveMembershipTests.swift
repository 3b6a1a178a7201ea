import Glibc
import IPv6
import LinuxSystem
import SeededRandom
import Testing
import Timing

@testable import LinuxNetwork
@testable import UpdateAgent

@Suite("Where a receiver is a member, and when it joins anew")
struct ReceiveMembershipTests {
    private typealias Action = ReceiveMembership.Action
    private typealias Network = ReceiveMembership.Network

    /// An interface that will do.
    private func link(_ index: Int32, _ name: String) -> Link {
        Link(
            index: index, name: name, kind: "veth", isUp: true, isRunning: true, isMulticastCapable: true,
            isLoopback: false, isBridgePort: false, mtu: 1_500,
            linkLocalAddress: IPv6Address(high: 0xfe80_0000_0000_0000, low: UInt64(index)), addresses: [])
    }

    /// A host whose interface of this name is what was named.
    private func host(_ links: Link..., named name: String? = "lan0") -> Network {
        Network(links: links, named: links.first { $0.name == name }?.index)
    }

    private static let start = Instant(nanoseconds: 1 << 40)

    /// Performs joining, with success, and writes down what happens.
    private func run(_ machine: inout ReceiveMembership, _ inputs: ReceiveMembership.Input..., at now: Instant = start)
        -> [Action]
    {
        var all: [Action] = []
        for input in inputs {
            let actions = machine.handle(input, at: now)
            all += actions
            for case .join in actions { all += machine.handle(.joined(nil), at: now) }
        }
        return all
    }

    private func member(_ link: Link) -> ReceiveMembership {
        var machine = ReceiveMembership(name: link.name)
        #expect(run(&machine, .network(host(link, named: link.name))) == [.join(link), .logJoined(link, again: nil)])
        return machine
    }

    private func changed(_ link: Link, _ change: (inout Link) -> Void) -> Link {
        var link = link
        change(&link)
        return link
    }

    @Test("It waits for an interface that is missing, says so once, and joins when it is there")
    func missing() {
        let lan = link(3, "lan0")
        var machine = ReceiveMembership(name: "lan0")
        #expect(
            run(&machine, .network(host()), .network(host(link(2, "eth0"))))
                == [
                    .warn("waiting for lan0, which does not exist: name an interface of this host with --interface")
                ])
        #expect(machine.trouble == .missing("lan0") && machine.interface == "lan0")
        #expect(
            run(&machine, .network(host(lan)))
                == [.join(lan), .logJoined(lan, again: nil), .notice("joined on lan0")])
        #expect(machine.trouble == nil)
    }

    @Test("Deleted and made again, it joins again, even if it has never heard of the deletion")
    func deleted() {
        let (lan, new) = (link(3, "lan0"), link(4, "lan0"))
        var machine = member(lan)
        #expect(
            run(&machine, .network(host()))
                == [
                    .leave,
                    .warn("waiting for lan0, which does not exist: name an interface of this host with --interface"),
                ])
        #expect(
            run(&machine, .network(host(new))) == [.join(new), .logJoined(new, again: "lan0 was gone")])
        machine = member(lan)
        #expect(
            run(&machine, .network(host(new)))
                == [.leave, .join(new), .logJoined(new, again: "lan0 is another interface now")])
    }

    @Test("What the kernel has dropped, for whatever reason, is joined again; while it does not say, nothing is done")
    func forgotten() {
        let lan = link(3, "lan0")
        var machine = member(lan)
        var network = host(lan)
        network.hasMembership = true
        #expect(run(&machine, .network(network)) == [])
        network.hasMembership = nil
        #expect(run(&machine, .network(network)) == [])
        network.hasMembership = false
        #expect(
            run(&machine, .network(network))
                == [.leave, .join(lan), .logJoined(lan, again: "the kernel had dropped the membership")])
        // That answer was about the membership before.
        #expect(run(&machine, .tick) == [])
    }

    @Test("With an MTU below 1,280 it leaves at once, and joins when IPv6 is back")
    func smallMTU() {
        let lan = link(3, "lan0")
        var machine = member(lan)
        let small = changed(lan) { ($0.mtu, $0.linkLocalAddress) = (1_279, nil) }
        #expect(
            run(&machine, .network(host(small)))
                == [
                    .leave,
                    .warn(
                        "waiting for lan0, whose MTU of 1279 is too small for IPv6: ip link set lan0 mtu 1280, or more"),
                ])
        #expect(
            run(&machine, .network(host(lan)))
                == [.join(lan), .logJoined(lan, again: "it was without IPv6, as its MTU was too small")])
    }

    @Test("A port of a bridge is named as such, with the bridge")
    func bridgePort() {
        let lan = link(3, "lan0")
        var machine = member(lan)
        let port = changed(lan) { ($0.isBridgePort, $0.bridge) = (true, "br0") }
        #expect(
            run(&machine, .network(host(port)))
                == [
                    .leave,
                    .warn("waiting for lan0, which is a port of the bridge br0: name br0 with --interface"),
                ])
        #expect(
            run(&machine, .network(host(lan)))
                == [.join(lan), .logJoined(lan, again: "it was a port of the bridge br0")])
    }

    @Test(
        "What the kernel keeps the membership through is waited for without leaving",
        arguments: [
            "which is down: ip link set lan0 up",
            "which has no carrier: see to its cable, or to what is at the other end",
            "which is without multicast: ip link set lan0 multicast on",
            "where IPv6 is disabled: sysctl net.ipv6.conf.lan0.disable_ipv6=0", "",
        ])
    func kept(words: String) {
        let lan = link(3, "lan0")
        var machine = member(lan)
        var network = host(
            changed(lan) { link in
                switch words.prefix(14) {
                case "which is down:": link.isUp = false
                case "which has no c": link.isRunning = false
                case "which is witho": link.isMulticastCapable = false
                default: link.linkLocalAddress = nil
                }
            })
        if words.hasPrefix("where") { network.withoutIPv6 = [3] }
        let warning: [Action] = words.isEmpty ? [] : [.warn("waiting for lan0, \(words)")]
        #expect(run(&machine, .network(network), .network(network), .tick) == warning)
        #expect(machine.trouble != nil && machine.member != nil)
        // On its way back an address is checked for duplicates first.
        let checking = changed(lan) { $0.linkLocalAddress = nil }
        #expect(run(&machine, .network(host(checking))) == [])
        #expect(
            run(&machine, .network(host(lan))) == (words.isEmpty ? [] : [.notice("lan0 is usable again")]))
        #expect(machine.trouble == nil)
    }

    @Test("Renamed, it goes on; when another one has the name, that one it is")
    func renamed() {
        let lan = link(3, "lan0")
        var machine = member(lan)
        let wan = changed(lan) { $0.name = "wan0" }
        #expect(run(&machine, .network(host(wan))) == [.notice("lan0 is called wan0 now")])
        #expect(machine.interface == "wan0")
        let new = link(4, "lan0")
        #expect(
            run(&machine, .network(host(wan, new)))
                == [.leave, .join(new), .logJoined(new, again: "it was on wan0 before")])
    }

    @Test(
        "Without a name it goes where the default route goes; without a route it stays where it is while that will do")
    func routed() {
        let links = [link(2, "eth0"), link(3, "eth1"), link(4, "eth2")]
        func network(_ routed: String?, _ change: (inout [Link]) -> Void = { _ in }) -> ReceiveMembership.Input {
            var network = Network(links: links, routed: routed)
            change(&network.links)
            return .network(network)
        }
        var machine = ReceiveMembership(name: nil)
        #expect(
            run(&machine, .network(Network()))
                == [
                    .warn("waiting for an interface that is up and can receive multicast: name one with --interface")
                ])
        #expect(machine.interface == nil)
        #expect(
            run(&machine, network("eth1"))
                == [.join(links[1]), .logJoined(links[1], again: nil), .notice("joined on eth1")])
        #expect(run(&machine, network(nil), network("tun0")) == [])
        #expect(
            run(&machine, network("eth2"))
                == [.leave, .join(links[2]), .logJoined(links[2], again: "it was on eth1 before")])
        #expect(
            run(&machine, network(nil) { $0[2].isRunning = false })
                == [.leave, .join(links[0]), .logJoined(links[0], again: "it was on eth2 before")])
        // Without any that will do it stays.
        #expect(
            run(&machine, network(nil) { for place in 0..<3 { $0[place].isUp = false } })
                == [.warn("waiting for eth0, which is down: ip link set eth0 up")])
        // A port of a bridge will not do.
        machine = ReceiveMembership(name: nil)
        #expect(
            run(&machine, network("eth0") { ($0[0].isBridgePort, $0[0].bridge) = (true, "br0") })
                == [.join(links[1]), .logJoined(links[1], again: nil)])
    }

    @Test("It leaves when nothing is wanted, quietly, and joins on the interface of the time")
    func wanted() {
        let lan = link(3, "lan0")
        var machine = member(lan)
        #expect(run(&machine, .wants(false), .wants(false)) == [.leave])
        #expect(run(&machine, .wants(true), .wants(true)) == [.join(lan)])
        let new = link(4, "lan0")
        #expect(run(&machine, .wants(false), .network(host()), .network(host(new))) == [.leave])
        #expect(run(&machine, .wants(true)) == [.join(new), .logJoined(new, again: "lan0 is another interface now")])
    }

    @Test("A failure at the beginning that the interface is not to blame for ends it; all others are tried again")
    func failures() {
        let lan = link(3, "lan0")
        let taken = SystemError("bind", errno: EADDRINUSE)
        let gone = SystemError("join", errno: ENODEV)
        var machine = ReceiveMembership(name: "lan0")
        #expect(machine.handle(.network(host(lan)), at: Self.start) == [.join(lan)])
        #expect(machine.handle(.joined(taken), at: Self.start) == [.giveUp(taken)])
        machine = ReceiveMembership(name: "lan0")
        #expect(machine.handle(.network(host(lan)), at: Self.start) == [.join(lan)])
        let warning = Action.warn("waiting for lan0, where this failed: join: No such device: it is tried again")
        #expect(machine.handle(.joined(gone), at: Self.start) == [warning])
        #expect(machine.retryAt == Self.start + .seconds(1))
        #expect(machine.handle(.network(host(lan)), at: Self.start) == [])
        #expect(
            run(&machine, .tick, at: Self.start + .seconds(1))
                == [.join(lan), .logJoined(lan, again: nil), .notice("joined on lan0")])
        #expect(machine.trouble == nil)
        // Later a trouble of the host's may be over some time.
        let actions = machine.handle(.broken(gone), at: Self.start)
        #expect(actions == [.leave, warning])
        #expect(machine.handle(.tick, at: Self.start + .seconds(1)) == [.join(lan)])
        let other = Action.warn("waiting for lan0, where this failed: bind: Address already in use: it is tried again")
        #expect(machine.handle(.joined(taken), at: Self.start + .seconds(1)) == [other])
        #expect(
            run(&machine, .tick, at: Self.start + .seconds(2))
                == [.join(lan), .logJoined(lan, again: "receiving failed")])
        // Another interface is not to blame for it.
        machine = ReceiveMembership(name: "lan0")
        _ = machine.handle(.network(host(lan)), at: Self.start)
        _ = machine.handle(.joined(gone), at: Self.start)
        let new = link(4, "lan0")
        #expect(
            run(&machine, .network(host(new)))
                == [.join(new), .logJoined(new, again: nil), .notice("joined on lan0")])
    }

    @Test(
        "Whatever happens, it is a member exactly where it has joined and not left, and in the end where it should be")
    func random() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            let isNamed = Bool.random(using: &random)
            var machine = ReceiveMembership(name: isNamed ? "lan0" : nil)
            var now = Self.start
            var joined: Int32?
            func perform(_ actions: [Action]) {
                for action in actions {
                    switch action {
                    case .leave:
                        #expect(joined != nil)
                        joined = nil
                    case .join(let link):
                        #expect(joined == nil)
                        let error =
                            Int.random(in: 0..<4, using: &random) == 0 ? SystemError("join", errno: ENODEV) : nil
                        if error == nil { joined = link.index }
                        perform(machine.handle(.joined(error), at: now))
                    default: break
                    }
                }
                #expect(machine.member?.index == joined)
            }
            for _ in 0..<40 {
                now = now + .milliseconds(Int.random(in: 0..<700, using: &random))
                switch Int.random(in: 0..<10, using: &random) {
                case 0: perform(machine.handle(.wants(Bool.random(using: &random)), at: now))
                case 1: perform(machine.handle(.broken(SystemError("receive", errno: EIO)), at: now))
                case 2: perform(machine.handle(.tick, at: now))
                default:
                    var network = Network()
                    for index in Int32(2)..<5 where Bool.random(using: &random) {
                        network.links.append(
                            changed(link(index, index == 3 ? "lan0" : "eth\(index)")) { link in
                                switch Int.random(in: 0..<9, using: &random) {
                                case 0: link.isUp = false
                                case 1: link.mtu = 1_000
                                case 2: (link.isBridgePort, link.bridge) = (true, "br0")
                                case 3: link.name = "other"
                                default: break
                                }
                            })
                    }
                    network.named = isNamed ? network.links.first { $0.name == "lan0" }?.index : nil
                    network.routed = Bool.random(using: &random) ? "eth2" : nil
                    network.hasMembership = [nil, true, false].randomElement(using: &random) ?? nil
                    perform(machine.handle(.network(network), at: now))
                }
            }
            let lan = link(3, "lan0")
            perform(machine.handle(.network(host(lan)), at: now))
            perform(machine.handle(.wants(true), at: now))
            for second in 1...60 where joined == nil { perform(machine.handle(.tick, at: now + .seconds(second))) }
            #expect(joined == 3 && machine.trouble == nil)
        }
    }
}
