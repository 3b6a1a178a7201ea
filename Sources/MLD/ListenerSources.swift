import IPv6

/// A set of source addresses in ascending order, so that sets are combined in one pass and always come out alike.
struct ListenerSources: Equatable, Sendable {
    private(set) var addresses: [IPv6Address]

    static let none = ListenerSources(ascending: [])

    private init(ascending addresses: [IPv6Address]) { self.addresses = addresses }

    /// Those of `addresses` that can be sources, each once: `::` and multicast addresses cannot (RFC 9777 §5.1.12).
    init(_ addresses: [IPv6Address]) {
        var ascending = addresses.filter { !$0.isUnspecified && !$0.isMulticast }
        if !zip(ascending, ascending.dropFirst()).allSatisfy({ $0 < $1 }) {
            ascending.sort()
            var last: IPv6Address?
            ascending.removeAll { address in
                defer { last = address }
                return address == last
            }
        }
        self.addresses = ascending
    }

    var count: Int { addresses.count }
    var isEmpty: Bool { addresses.isEmpty }

    func contains(_ address: IPv6Address) -> Bool {
        var low = 0
        var high = addresses.count
        while low < high {
            let middle = (low + high) / 2
            if addresses[middle] < address { low = middle + 1 } else { high = middle }
        }
        return low < addresses.count && addresses[low] == address
    }

    func union(_ other: ListenerSources) -> ListenerSources { merged(other, here: true, both: true, there: true) }
    func intersection(_ other: ListenerSources) -> ListenerSources {
        merged(other, here: false, both: true, there: false)
    }
    func subtracting(_ other: ListenerSources) -> ListenerSources {
        merged(other, here: true, both: false, there: false)
    }
    func symmetricDifference(_ other: ListenerSources) -> ListenerSources {
        merged(other, here: true, both: false, there: true)
    }

    /// Takes the addresses that are only here, in both, only there.
    private func merged(_ other: ListenerSources, here: Bool, both: Bool, there: Bool) -> ListenerSources {
        var result: [IPv6Address] = []
        var (i, j) = (0, 0)
        while i < addresses.count && j < other.addresses.count {
            let (a, b) = (addresses[i], other.addresses[j])
            if a <= b { i += 1 }
            if b <= a { j += 1 }
            if a == b ? both : a < b ? here : there { result.append(min(a, b)) }
        }
        if here { result += addresses[i...] }
        if there { result += other.addresses[j...] }
        return ListenerSources(ascending: result)
    }
}
