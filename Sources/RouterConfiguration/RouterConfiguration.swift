import Glibc

/// The configuration of an agent, as its YAML file gives it. Keys that are not given have their defaults.
public struct RouterConfiguration: Equatable, Sendable {
    /// In the order of the file.
    public var interfaces: [InterfaceSettings] = []
    /// In the order of the file.
    public var channels: [ChannelSettings] = []
    /// Name of the co-located sender's link, to which the digits 0 and 1 are added for its ends; nil for none.
    public var senderLink: String? = "lcsrc"
    public var control = ControlSettings()

    /// The kernel's multicast interfaces per table (MAXMIFS in linux/mroute6.h).
    public static let maximumInterfaces = 32
    /// Octets of the longest file that is read.
    public static let maximumFileSize = 1 << 20

    public init() {}

    /// Reads a file.
    public init(file: String) throws(ConfigurationError) {
        try self.init(parsing: try Self.contents(of: file), file: file)
    }

    /// Reads YAML text; `file` is for error messages only.
    public init(parsing octets: [UInt8], file: String) throws(ConfigurationError) {
        guard octets.count <= Self.maximumFileSize else { throw Self.tooLarge(file) }
        let node = try YAMLParser.parse(octets, file: file)
        try self.init(node, file: file)
    }

    private static func contents(of file: String) throws(ConfigurationError) -> [UInt8] {
        func failure() -> ConfigurationError {
            let reason = String(cString: strerror(errno))
            return ConfigurationError(file: file, line: 0, column: 0, key: "", reason: reason)
        }
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure() }
            if count == 0 { return contents }
            contents.append(contentsOf: block[..<count])
            guard contents.count <= maximumFileSize else { throw tooLarge(file) }
        }
    }

    private static func tooLarge(_ file: String) -> ConfigurationError {
        ConfigurationError(
            file: file, line: 0, column: 0, key: "",
            reason: "more than \(maximumFileSize) octets; is this a configuration file?")
    }
}

/// The control socket.
public struct ControlSettings: Equatable, Sendable {
    /// nil: the default path or that of the command line.
    public var path: String?
    /// Permissions of the socket's file.
    public var mode: UInt32 = 0o660
    /// Group that owns the socket's file and may change things; nil leaves the agent's own, and only root may.
    public var group: String?
    public init() {}
}
