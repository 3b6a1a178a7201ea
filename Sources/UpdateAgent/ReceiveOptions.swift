public import IPv6
public import UpdateTransport

/// What to receive, where from and where to.
public struct ReceiveOptions: Sendable {
    public var group: IPv6Address
    public var port: UInt16 = 4242
    /// Only what this address sends (source-specific multicast); nil: any.
    public var source: IPv6Address?
    /// nil: the preferred one of the host.
    public var interface: String?
    /// Where the file appears once it is whole and its hash is right.
    public var output: String
    /// When to give up; nil: never.
    public var timeout: Duration?
    /// Larger files are not taken up; nil: as large as the file system has room for.
    public var maximumSize: ByteCount?

    public init(group: IPv6Address, output: String) {
        self.group = group
        self.output = output
    }
}
