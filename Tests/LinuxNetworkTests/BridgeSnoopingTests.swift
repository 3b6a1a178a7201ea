import LinuxNetwork
import LinuxSystem
import Testing

@Suite("Snooping of bridges", .needsNetworkPrivileges, .serialized)
struct BridgeSnoopingTests {
    @Test("what a bridge does about multicast is read at the start and followed; other links do nothing about it")
    func settings() throws {
        let network = try TestNetwork()
        let router = network.router.descriptor.number
        let seen = try network.router.perform { () -> [MulticastSnooping?] in
            try ip("link add br0 type bridge", in: router)
            try ip("link set br0 up", in: router)
            let monitor = try LinkMonitor()
            func changed(_ command: String) throws -> MulticastSnooping? {
                let old = monitor.link(named: "br0")?.snooping
                try ip("link set br0 type bridge \(command)", in: router)
                try eventually("a change of snooping", watching: monitor.descriptor) {
                    var isChange = false
                    try monitor.process { changes in
                        isChange = changes.contains {
                            if case .changed(_, let link) = $0 {
                                link.name == "br0" && link.snooping != old
                            } else {
                                false
                            }
                        }
                    }
                    return isChange
                }
                return monitor.link(named: "br0")?.snooping
            }
            return [
                monitor.link(named: "lan0")?.snooping, monitor.link(named: "br0")?.snooping,
                try changed("mcast_mld_version 2"), try changed("mcast_snooping 0"), try changed("mcast_mld_version 1"),
            ]
        }
        try #require(seen.count == 5)
        #expect(seen[0] == nil && seen[1]?.isOn == true && seen[1]?.mldVersion == 1)
        #expect(seen[2]?.isOn == true && seen[2]?.mldVersion == 2 && seen[2]?.understandsSources == true)
        #expect(seen[1]?.understandsSources == false, "the kernel's default")
        #expect(seen[3]?.isOn == false && seen[4]?.mldVersion == 1 && seen[4]?.understandsSources == true)
    }
}
