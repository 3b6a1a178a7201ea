import IPv6

/// The hosts of one link, each with a small number while it is a member of any group.
struct HostTable: Sendable {
    private struct Host {
        var address: IPv6Address
        var memberships: Int
    }

    private var numbers: [IPv6Address: Int32] = [:]
    private var hosts: [Host] = []
    private var free: [Int32] = []

    var count: Int { numbers.count }

    func number(of address: IPv6Address) -> Int32? { numbers[address] }
    func address(of number: Int32) -> IPv6Address { hosts[Int(number)].address }

    /// Groups that a host is a member of.
    func membershipCount(of number: Int32) -> Int { hosts[Int(number)].memberships }

    /// Counts one more membership of a host.
    mutating func retain(_ number: Int32) { hosts[Int(number)].memberships += 1 }

    /// A number for a host that has none yet, with no membership.
    mutating func add(_ address: IPv6Address) -> Int32 {
        let number: Int32
        if let reused = free.popLast() {
            number = reused
            hosts[Int(number)] = Host(address: address, memberships: 0)
        } else {
            number = Int32(hosts.count)
            hosts.append(Host(address: address, memberships: 0))
        }
        numbers[address] = number
        return number
    }

    /// Counts one membership less; the host is forgotten with its last one.
    mutating func release(_ number: Int32) {
        hosts[Int(number)].memberships -= 1
        guard hosts[Int(number)].memberships <= 0 else { return }
        numbers[hosts[Int(number)].address] = nil
        free.append(number)
    }
}
