import Glibc
import LinuxNetwork
import LinuxSystem
import Testing

@Suite("Interface names", .needsNetworkPrivileges, .serialized)
struct InterfaceNameTests {
    @Test("An interface is found by its name and by alternative ones, whatever their length; nothing else is")
    func resolves() throws {
        let network = try TestNetwork()
        let router = network.router.descriptor.number
        let long = "enx" + String(repeating: "a", count: 124)
        for name in ["short", "sixteen.octets.x", long] {
            try ip("link property add dev lan0 altname \(name)", in: router)
        }
        try network.router.perform {
            for name in ["lan0", "short", "sixteen.octets.x", long] {
                let found = try InterfaceName.resolve(name)
                #expect(found?.name == "lan0" && found?.index == UInt32(network.lan), "\(name)")
            }
            for name in ["", "lan", "lan00", "SHORT", long + "a", "lan0\0", "lan0 ", "../lan0", "short\n"] {
                #expect(try InterfaceName.resolve(name) == nil, "\(name)")
            }
        }
    }
}
