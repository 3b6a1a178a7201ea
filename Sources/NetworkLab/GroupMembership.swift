import IPv6
import LinuxSystem

/// Whether a machine of the lab is a member of an IPv6 group, as its kernel has it.
struct GroupMembership: Sendable {
    private let file: NamespaceFile
    private let line: String

    init(of group: IPv6Address, on node: LabNode, interface: String) throws {
        file = try NamespaceFile("igmp6", of: node)
        // Index, interface in at least 15 columns, group in hexadecimal digits, …
        let name = interface + String(repeating: " ", count: max(0, 15 - interface.count))
        line = "\(name) " + group.octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    func isMember() throws(SystemError) -> Bool { try !file.line(with: line).isEmpty }
}
