import ArgumentParser
import IPv6
import UpdateTransport

/// Addresses, ports and numbers as the command line has them, with errors that say what is allowed.
enum ArgumentParsing {
    static func group(_ text: String) throws -> IPv6Address {
        guard let address = IPv6Address(text), address.isMulticast else {
            throw ValidationError("not an IPv6 multicast address, such as ff3e::8000:42")
        }
        guard address.multicastScope.map({ $0 >= .linkLocal }) ?? false else {
            throw ValidationError(
                "the packets of such a group do not leave their host; choose a wider one, such as ff3e::8000:42")
        }
        return address
    }

    static func source(_ text: String) throws -> IPv6Address {
        guard let address = IPv6Address(text), !address.isMulticast, !address.isUnspecified else {
            throw ValidationError("not a unicast IPv6 address, such as 2001:db8::1")
        }
        return address
    }

    static func port(_ text: String) throws -> UInt16 {
        guard let port = UInt16(text), port > 0 else { throw ValidationError("not a UDP port, 1 to 65535") }
        return port
    }

    static func rate(_ text: String) throws -> BitRate {
        guard let rate = BitRate(text) else {
            throw ValidationError("not a rate from 1k to 1000G: a number and k, M or G, such as 20M")
        }
        return rate
    }

    static func start(_ text: String) throws -> SendSchedule.Start {
        guard let start = SendSchedule.Start(text) else {
            throw ValidationError("not a place to begin: beginning, random, or 0% to 99% of a lap")
        }
        return start
    }

    static func size(_ text: String) throws -> ByteCount {
        guard let size = ByteCount(text) else {
            throw ValidationError("not a size: a number and k, M, G, T, Ki, Mi, Gi or Ti, such as 512Mi")
        }
        return size
    }
}
