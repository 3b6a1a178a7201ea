import Glibc

/// The machine on which a configuration is to work, as far as a file can be wrong about it.
public struct Machine: Sendable {
    /// Whether there is a group of users of this name.
    var hasGroup: @Sendable (String) -> Bool
    /// The name that an interface has itself, where this is only an alternative one of it; nil otherwise.
    public var properName: @Sendable (String) -> String?
    /// Why a program, searched in PATH unless it holds a slash, cannot be run; nil if it can.
    var obstacle: @Sendable (String) -> String?

    public init(
        hasGroup: @escaping @Sendable (String) -> Bool, properName: @escaping @Sendable (String) -> String?,
        obstacle: @escaping @Sendable (String) -> String?
    ) {
        self.hasGroup = hasGroup
        self.properName = properName
        self.obstacle = obstacle
    }

    /// The one that this runs on.
    public static let this = Machine(
        hasGroup: { getgrnam($0) != nil },
        properName: { name in
            // The kernel finds alternative names, too, and answers with the proper one.
            var buffer = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
            guard case let index = if_nametoindex(name), index != 0, if_indextoname(index, &buffer) != nil else {
                return nil
            }
            let proper = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            return proper == name ? nil : proper
        },
        obstacle: { program in
            guard !program.contains("/") else { return obstacle(path: program) }
            let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/bin:/usr/bin"
            let isThere = path.split(separator: ":").contains { obstacle(path: "\($0)/\(program)") == nil }
            return isThere ? nil : "not found in PATH"
        })

    private static func obstacle(path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return String(cString: strerror(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { return "not a file" }
        return access(path, X_OK) == 0 ? nil : "not executable"
    }
}
