import ArgumentParser
import IPv6

/// A multicast group on the command line.
struct GroupArgument: ExpressibleByArgument {
    let address: IPv6Address

    init?(argument: String) {
        guard let address = IPv6Address(argument), address.isMulticast else { return nil }
        self.address = address
    }
}

/// A unicast address of a sender on the command line.
struct SourceArgument: ExpressibleByArgument {
    let address: IPv6Address

    init?(argument: String) {
        guard let address = IPv6Address(argument), !address.isMulticast, !address.isUnspecified else { return nil }
        self.address = address
    }
}

/// A UDP port on the command line.
struct PortArgument: ExpressibleByArgument {
    let number: UInt16

    init(_ number: UInt16) { self.number = number }

    init?(argument: String) {
        guard let number = UInt16(argument), number > 0 else { return nil }
        self.number = number
    }

    var defaultValueDescription: String { "\(number)" }
}
