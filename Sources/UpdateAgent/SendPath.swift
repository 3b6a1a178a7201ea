import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
import Logging

/// The way out of a sender: a socket on the interface that is the right one at the time.
final class SendPath {
    private let options: SendOptions
    private let log: Logger
    /// nil until it could be opened.
    private(set) var socket: UDPMulticastSender?
    /// The interface that the router agent has named last.
    var namedInterface: String?

    init(_ options: SendOptions, log: Logger) {
        self.options = options
        self.log = log
    }

    /// Opens the socket, unless it is open on the right interface already.
    func open() throws(UpdateFailure) {
        do throws(SystemError) {
            var wanted = options.interface ?? namedInterface
            if wanted == nil { wanted = try InterfaceChoice.preferred() }
            guard let wanted else {
                throw SystemError("find an interface that is up and can send multicast", errno: ENODEV)
            }
            let name = (try? InterfaceName.resolve(wanted))?.name ?? wanted
            if let socket, socket.interface == name, socket.isCurrent { return }
            socket = nil
            try open(through: name)
        } catch {
            throw failure(error)
        }
    }

    /// To be opened anew: it does not work any more.
    func close() { socket = nil }

    private func open(through interface: String) throws(SystemError) {
        // The sender's link leads to the router only, so a link-local address would keep the packets on it.
        let direct = options.interface != nil || namedInterface == nil
        // Nor does listening on it make sense, whoever has named it, and the router would count what comes back as packets
        // from the wrong interface. It is the one without any address.
        let hasListeners = try LocalAddress.all().contains { $0.interface == interface }
        let opened = try UDPMulticastSender(
            group: options.group, port: options.port, interface: interface,
            source: options.source.map { .address($0) } ?? .chosen(linkLocal: direct), loop: hasListeners,
            segmentation: options.segmentation)
        log.info("packets to [\(options.group)]:\(options.port) go through \(interface), from \(opened.source)")
        if opened.source.isLinkLocal && (options.group.multicastScope ?? .linkLocal) > .linkLocal {
            log.warning("\(interface) has a link-local address only: no router will forward these packets")
        }
        socket = opened
    }

    /// Throws if the interface does not carry packets of so many octets.
    func check(packetLength: Int, of file: String) throws(UpdateFailure) {
        guard let socket, socket.mtu < packetLength else { return }
        throw UpdateFailure(
            .failed,
            "\(file) was signed for packets of \(packetLength) octets, \(socket.interface) carries \(socket.mtu): sign it again with --mtu \(max(socket.mtu, 1_280))"
        )
    }

    /// An error with what to do about it.
    func failure(_ error: SystemError) -> UpdateFailure {
        let advice: String? =
            switch error.errno {
            case EADDRNOTAVAIL where options.source != nil: "give --source an address of this host"
            case EADDRNOTAVAIL:
                "give an interface of this host a global or unique-local address, or name one with --source"
            case ENODEV: "name an interface of this host with --interface"
            case EMSGSIZE: "sign the file again with a smaller --mtu"
            default: nil
            }
        return UpdateFailure(error, advice: advice)
    }
}
