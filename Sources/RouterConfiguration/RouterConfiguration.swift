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
    /// What is allowed, but will not work on the machine as it is now.
    public private(set) var warnings: [ConfigurationError] = []

    /// The kernel's multicast interfaces per table (MAXMIFS in linux/mroute6.h).
    public static let maximumInterfaces = 32
    /// Octets of the longest file that is read.
    public static let maximumFileSize = 1 << 20

    public init() {}

    /// How many interfaces there is room for beside the sender's link.
    public static func capacity(senderLink: String?) -> Int { maximumInterfaces - (senderLink == nil ? 0 : 1) }

    /// Whether the agent makes an interface of this name itself.
    public func isEndOfSenderLink(_ name: String) -> Bool {
        senderLink.map { name == "\($0)0" || name == "\($0)1" } ?? false
    }

    /// Reads and judges a file. The start, every check and a reload do it here, so that they agree.
    ///
    /// - Parameters:
    ///   - machine: where it is to work; nil: only what the file says by itself is judged.
    ///   - isAlone: whether nobody else names interfaces, so that the file must name a downstream one.
    public init(file: String, on machine: Machine? = .this, isAlone: Bool) throws(ConfigurationErrors) {
        let contents: [UInt8]
        do { contents = try Self.contents(of: file) } catch { throw ConfigurationErrors([error]) }
        try self.init(parsing: contents, file: file, on: machine, isAlone: isAlone)
    }

    /// Reads YAML text; `file` is for error messages only.
    public init(
        parsing octets: [UInt8], file: String, on machine: Machine? = nil, isAlone: Bool = false
    ) throws(ConfigurationErrors) {
        let findings = Findings(file: file)
        do throws(ConfigurationError) {
            guard octets.count <= Self.maximumFileSize else { throw Self.tooLarge(file) }
            let node = try YAMLParser.parse(octets, findings)
            self.init(node, on: machine, isAlone: isAlone, findings)
        } catch {  // where the text cannot be read any further, nothing can be said of what would follow
            throw ConfigurationErrors((findings.errors + [error]).inOrder)
        }
        warnings = findings.warnings.inOrder
        guard findings.errors.isEmpty else { throw ConfigurationErrors(findings.errors.inOrder) }
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
