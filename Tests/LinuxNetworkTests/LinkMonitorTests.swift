import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
import Testing

@Suite("Link monitor", .needsNetworkPrivileges, .serialized)
struct LinkMonitorTests {
    /// The changes up to the first that `found` recognizes.
    private func changes(
        _ monitor: borrowing LinkMonitor, _ what: String, until found: (LinkChange) -> Bool
    ) throws -> [LinkChange] {
        var changes: [LinkChange] = []
        try eventually(what, watching: monitor.descriptor) {
            try monitor.process { changes += $0 }
            return changes.contains(where: found)
        }
        return changes
    }

    @Test("links are read with their flags, MTU, addresses and kind")
    func links() throws {
        let network = try TestNetwork()
        let (links, lan) = try network.router.perform {
            let monitor = try LinkMonitor()
            return (monitor.links, monitor.link(named: "lan0"))
        }
        let loopback = try #require(links.first { $0.isLoopback })
        #expect(loopback.name == "lo")
        #expect(loopback.isUp)
        #expect(lan?.index == network.lan)
        #expect(lan?.kind == "veth")
        #expect(lan?.isUp == true && lan?.isRunning == true && lan?.isMulticastCapable == true)
        #expect(lan?.isLoopback == false && lan?.isBridgePort == false)
        #expect(lan?.mtu == 1500)
        #expect(lan?.linkLocalAddress?.isLinkLocal == true)
        #expect(lan?.addresses == [try address("2001:db8:1::1")])
    }

    @Test("a link that comes, changes and goes is reported each time, also when its other end goes down")
    func life() throws {
        let network = try TestNetwork()
        let router = network.router.descriptor.number
        let monitor = try network.router.perform { () -> [String] in
            let monitor = try LinkMonitor()
            var story: [String] = []
            try ip("link add new0 type bridge", in: router)
            var seen = try changes(monitor, "added") {
                if case .added(let link) = $0 { link.name == "new0" } else { false }
            }
            story.append("added \(seen.count)")
            try ip("link set new0 up mtu 1400", in: router)
            _ = try changes(monitor, "up") {
                if case .changed(let old, let new) = $0 { !old.isUp && new.isUp && new.mtu == 1400 } else { false }
            }
            try ip("link set eth0 down", in: network.host.descriptor.number)
            seen = try changes(monitor, "no carrier") {
                if case .changed(let old, let new) = $0 { old.isRunning && !new.isRunning && new.isUp } else { false }
            }
            try ip("link set new0 down", in: router)
            try ip("link set new0 name renamed0", in: router)
            _ = try changes(monitor, "renamed") {
                if case .changed(let old, let new) = $0 { old.name == "new0" && new.name == "renamed0" } else { false }
            }
            try ip("link delete renamed0", in: router)
            _ = try changes(monitor, "removed") {
                if case .removed(let link) = $0 { link.name == "renamed0" } else { false }
            }
            story.append("\(monitor.link(named: "renamed0") == nil)")
            return story
        }
        #expect(monitor == ["added 1", "true"])
    }

    @Test("a link-local address counts when duplicate address detection has passed, and that is a change")
    func duplicateAddressDetection() throws {
        let network = try TestNetwork()
        let router = network.router.descriptor.number
        let wanted = try address("fe80::1234")
        let tentative = try network.router.perform { () -> Bool in
            try sysctl("net/ipv6/conf/lan0/accept_dad", "1", in: router)
            try ip("-6 address flush dev lan0", in: router)
            let monitor = try LinkMonitor()
            var withoutAddress = monitor.link(named: "lan0")?.linkLocalAddress == nil
            try ip("address add fe80::1234/64 dev lan0", in: router)
            try monitor.process { changes in
                // Right after it was added it is tentative: no change that anybody could use.
                withoutAddress = withoutAddress && changes.isEmpty
            }
            _ = try changes(monitor, "address") {
                if case .changed(let old, let new) = $0 {
                    old.linkLocalAddress == nil && new.linkLocalAddress == wanted
                } else {
                    false
                }
            }
            try ip("address delete fe80::1234/64 dev lan0", in: router)
            _ = try changes(monitor, "address gone") {
                if case .changed(_, let new) = $0 { new.linkLocalAddress == nil } else { false }
            }
            return withoutAddress
        }
        #expect(tentative)
    }

    @Test("an address that another host has already never counts")
    func duplicateAddress() throws {
        let network = try TestNetwork()
        let router = network.router.descriptor.number
        try ip("address add fe80::77/64 dev eth0 nodad", in: network.host.descriptor.number)
        let found = try network.router.perform { () -> IPv6Address? in
            try sysctl("net/ipv6/conf/lan0/accept_dad", "1", in: router)
            try ip("-6 address flush dev lan0", in: router)
            let monitor = try LinkMonitor()
            try ip("address add fe80::77/64 dev lan0", in: router)
            try ip("address add fe80::78/64 dev lan0", in: router)
            _ = try changes(monitor, "the other address") {
                if case .changed(_, let new) = $0 { new.linkLocalAddress != nil } else { false }
            }
            return monitor.link(named: "lan0")?.linkLocalAddress
        }
        #expect(found == (try address("fe80::78")))
    }

    @Test("a port of a bridge is known as one, and no longer when it leaves")
    func bridgePort() throws {
        let network = try TestNetwork()
        let router = network.router.descriptor.number
        let (port, left) = try network.router.perform {
            let monitor = try LinkMonitor()
            try ip("link add br0 type bridge", in: router)
            try ip("link set lan0 master br0", in: router)
            try eventually("port", watching: monitor.descriptor) {
                try monitor.process { _ in }
                return monitor.link(named: "lan0")?.isBridgePort == true
            }
            let port = monitor.link(named: "br0")?.isBridgePort == false
            try ip("link set lan0 nomaster", in: router)
            try eventually("no port", watching: monitor.descriptor) {
                try monitor.process { _ in }
                return monitor.link(named: "lan0")?.isBridgePort == false
            }
            return (port, monitor.link(named: "lan0") != nil)
        }
        #expect(port)
        #expect(left)
    }

    @Test("a link whose MTU is too small for IPv6 stays known as it is, and gets its address back")
    func smallMTU() throws {
        let network = try TestNetwork()
        let router = network.router.descriptor.number
        let small = try network.router.perform { () -> Link? in
            let monitor = try LinkMonitor()
            try ip("link set lan0 mtu 1000", in: router)
            try eventually("no address", watching: monitor.descriptor) {
                try monitor.process { _ in }
                return monitor.link(named: "lan0")?.linkLocalAddress == nil
            }
            let small = monitor.link(named: "lan0")
            try ip("link set lan0 mtu 1500", in: router)
            try eventually("address", watching: monitor.descriptor) {
                try monitor.process { _ in }
                return monitor.link(named: "lan0")?.linkLocalAddress != nil
            }
            return small
        }
        #expect(small?.mtu == 1000)
        #expect(small?.kind == "veth")
        #expect(small?.isUp == true)
    }

    @Test("reports lost to a full buffer are made up for by reading everything again")
    func overrun() throws {
        let namespace = try NetworkNamespace.anonymous()
        let descriptor = namespace.descriptor.number
        try ip("link add gone0 type bridge", in: descriptor)
        let (removed, added) = try namespace.perform {
            let monitor = try LinkMonitor(receiveBuffer: 2048)
            for number in 0..<40 { try ip("link add many\(number) type bridge", in: descriptor) }
            try ip("link delete gone0", in: descriptor)
            var removed = 0
            var added = 0
            try eventually("all", watching: monitor.descriptor) {
                try monitor.process { changes in
                    for change in changes {
                        switch change {
                        case .added: added += 1
                        case .removed: removed += 1
                        case .changed: break
                        }
                    }
                }
                return removed == 1 && added == 40
            }
            return (removed, added)
        }
        #expect(removed == 1)
        #expect(added == 40)
    }
}

@Suite("Veth pair", .needsNetworkPrivileges, .serialized)
struct VethPairTests {
    @Test("both ends are up, without any address, and go together")
    func life() throws {
        let namespace = try NetworkNamespace.anonymous()
        let (pair, links, after) = try namespace.perform {
            let pair = try VethPair.create("lcsrc0", "lcsrc1", mtu: 1600)
            let monitor = try LinkMonitor()
            try eventually("running", watching: monitor.descriptor) {
                try monitor.process { _ in }
                return monitor.link(named: "lcsrc0")?.isRunning == true
                    && monitor.link(named: "lcsrc1")?.isRunning == true
            }
            let links = monitor.links.filter { $0.kind == "veth" }
            try pair.remove()
            try pair.remove()
            return (pair, links, try LinkMonitor().links.count { $0.kind == "veth" })
        }
        #expect(Set(links.map(\.index)) == [pair.index, pair.peerIndex])
        #expect(links.allSatisfy { $0.mtu == 1600 && $0.linkLocalAddress == nil && $0.addresses.isEmpty })
        #expect(after == 0)
    }

    @Test("a pair left by a process that was killed is taken over with its indexes")
    func takeOver() throws {
        let namespace = try NetworkNamespace.anonymous()
        let (first, second) = try namespace.perform {
            let first = try VethPair.create("lcsrc0", "lcsrc1")
            try ip("link set lcsrc1 down", in: namespace.descriptor.number)
            return (first, try VethPair.create("lcsrc0", "lcsrc1"))
        }
        #expect(first == second)
        let up = try namespace.perform { try LinkMonitor().link(named: "lcsrc1")?.isUp }
        #expect(up == true)
    }

    @Test(
        "an interface of that name that is not the pair is left alone and named",
        arguments: [
            ("link add lcsrc0 type bridge", "lcsrc0", "bridge"),
            ("link add lcsrc1 type ifb", "lcsrc1", "ifb"),
            ("link add lcsrc0 type veth peer name other0", "lcsrc0", "veth"),
        ])
    func nameTaken(command: String, name: String, kind: String) throws {
        let namespace = try NetworkNamespace.anonymous()
        try ip(command, in: namespace.descriptor.number)
        let (error, count) = try namespace.perform { () -> (VethPairError?, Int) in
            let before = try LinkMonitor().links.count
            do throws(VethPairError) { _ = try VethPair.create("lcsrc0", "lcsrc1") } catch {
                return (error, try LinkMonitor().links.count - before)
            }
            return (nil, 0)
        }
        #expect(error == .nameTaken(name, kind: kind))
        #expect(error?.description.contains("ip link delete \(name)") == true)
        #expect(count == 0)
    }
}
