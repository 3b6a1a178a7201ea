import Glibc
import IPv6
import LinuxSystem
import Timing

/// One machine of the lab: a network namespace with its links and addresses.
public final class LabNode: Sendable {
    /// What the pictures and messages call it.
    public let name: String
    let namespace: NetworkNamespace

    /// - Parameter forwarding: a router; otherwise a host.
    init(_ name: String, forwarding: Bool) throws {
        self.name = name
        do {
            namespace = try NetworkNamespace.anonymous()
        } catch  where error.errno == EPERM {
            throw LabError.notPermitted(
                "making a network namespace needs the capability SYS_ADMIN: run it as root, or as anybody inside "
                    + "`unshare --user --map-root-user --net --mount`")
        } catch  where error.errno == ENOSPC {
            throw LabError.notPermitted(
                "no more network namespaces are allowed: raise the sysctl user.max_net_namespaces")
        }
        // Defaults first: links get them when they are made. Addresses are usable at once, and come from nobody else.
        try set("accept_dad", to: 0)
        try set("accept_ra", to: 0)
        try set("router_solicitations", to: 0)
        if forwarding {
            try set("forwarding", to: 1)
            try set("forwarding", to: 1, for: "all")
        }
        try ip(["link set lo up"])
    }

    /// The namespace, open as long as this node lives.
    public var namespaceDescriptor: Int32 { namespace.descriptor.number }

    /// Where another program finds the namespace as long as this node lives.
    var path: String { "/proc/\(getpid())/fd/\(namespaceDescriptor)" }

    /// Runs `body` inside the namespace: sockets made there stay there.
    public func perform<R>(_ body: () throws -> R) throws -> R { try namespace.perform(body) }

    /// Moves the calling thread into the namespace, for good: only for threads of the lab's own.
    func enter() throws(SystemError) { try check("setns", setns(namespaceDescriptor, CLONE_NEWNET)) }

    /// Runs commands of ip(8), one a line as `ip -batch` reads them, and stops at the first that fails.
    public func ip(_ commands: [String]) throws {
        let result = try LabProcess.run(
            ["ip", "-batch", "-"], on: self, input: commands.joined(separator: "\n") + "\n")
        guard result.exit == .code(0) else {
            throw LabError.failed(
                command: "ip in \(name): \(commands.joined(separator: "; "))",
                message: result.errors.isEmpty ? result.exit.description : result.errors)
        }
    }

    /// Sets an IPv6 option of an interface, or of those made later.
    public func set(_ option: String, to value: Int, for interface: String = "default") throws {
        try perform {
            let path = "/proc/sys/net/ipv6/conf/\(interface)/\(option)"
            let file = try Descriptor("open \(path)", open(path, O_WRONLY | O_CLOEXEC))
            let text = Array("\(value)\n".utf8)
            guard write(file.number, text, text.count) == text.count else { throw SystemError("write \(path)") }
        }
    }

    /// The index of an interface.
    public func index(of interface: String) throws -> UInt32 {
        try perform {
            let index = if_nametoindex(interface)
            guard index != 0 else { throw SystemError("interface \(interface) of \(name)") }
            return index
        }
    }

    /// The link-local address of an interface.
    public func linkLocalAddress(of interface: String) throws -> IPv6Address {
        let result = try LabProcess.run(
            ["ip", "-6", "-oneline", "address", "show", "dev", interface, "scope", "link"], on: self)
        let words = result.output.split(separator: " ")
        guard let keyword = words.firstIndex(of: "inet6"), keyword + 1 < words.count,
            let text = words[keyword + 1].split(separator: "/").first, let address = IPv6Address(String(text))
        else {
            throw LabError.failed(
                command: "ip address show dev \(interface) in \(name)", message: "no link-local address")
        }
        return address
    }

    /// A link has its address only once the kernel has noticed the carrier.
    ///
    /// - Throws: `LabError.timedOut` after five seconds.
    public func waitForLinkLocalAddress(of interface: String) throws {
        let deadline = Instant.now + .seconds(5)
        while (try? linkLocalAddress(of: interface)) == nil {
            guard Instant.now < deadline else {
                throw LabError.timedOut("a link-local address on \(interface) of \(name)")
            }
            pause(.milliseconds(5))
        }
    }
}
