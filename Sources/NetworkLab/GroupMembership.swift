import IPv6
import LinuxSystem

/// Whether a machine of the lab is a member of an IPv6 group, as its kernel has it.
struct GroupMembership: Sendable {
    private let file: NamespaceFile
    private let interface: String
    private let group: String

    init(of group: IPv6Address, on node: LabNode, interface: String) throws {
        file = try NamespaceFile("igmp6", of: node)
        self.interface = interface
        self.group = group.octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    func isMember() throws(SystemError) -> Bool {
        // Index, interface, group in hexadecimal digits, …
        try file.lines().contains { $0.count >= 3 && $0[1] == interface && $0[2] == group }
    }
}
