import EventLoop
import Glibc
import LinuxNetwork
import LinuxSystem

/// Watches the host's interfaces and, where none was named, its routes.
final class NetworkWatch {
    private let loop: EpollLoop
    /// The interface that was named, perhaps by an alternative name.
    private let name: String?
    private let monitor: LinkMonitor
    private let routes: RouteChanges?

    /// - Parameter onChange: called on the loop; may be called when nothing has changed.
    /// - Throws: `NetlinkError` or `SystemError`.
    init(_ name: String?, on loop: EpollLoop, onChange: @escaping () -> Void) throws {
        self.loop = loop
        self.name = name
        monitor = try LinkMonitor()
        routes = name == nil ? try RouteChanges() : nil
        try loop.watch(monitor.descriptor) { [weak self] _ in
            guard let self else { return }
            // What could not be read is read when the network is asked for, or changes, the next time.
            try? monitor.process { _ in }
            onChange()
        }
        guard let routes else { return }
        try loop.watch(routes.descriptor) { _ in
            routes.drain()
            onChange()
        }
    }

    deinit {
        loop.unwatch(monitor.descriptor)
        if let routes { loop.unwatch(routes.descriptor) }
    }

    /// What it is like now.
    func network() -> ReceiveMembership.Network {
        try? monitor.process { _ in }
        var network = ReceiveMembership.Network()
        network.links = monitor.links
        if let name {
            // By its own name if the kernel cannot be asked for others.
            let named = try? InterfaceName.resolve(name).map { Int32(bitPattern: $0.index) }
            network.named = named ?? monitor.link(named: name)?.index
        } else {
            network.routed = InterfaceChoice.defaultRoute()
        }
        for link in network.links where link.linkLocalAddress == nil && Self.isIPv6Disabled(on: link.name) {
            network.withoutIPv6.insert(link.index)
        }
        return network
    }

    private static func isIPv6Disabled(on interface: String) -> Bool {
        let number = open("/proc/sys/net/ipv6/conf/\(interface)/disable_ipv6", O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return false }
        defer { close(number) }
        var octet: UInt8 = 0
        return read(number, &octet, 1) == 1 && octet == UInt8(ascii: "1")
    }
}
