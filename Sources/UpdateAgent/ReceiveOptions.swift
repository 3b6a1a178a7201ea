public import IPv6
import LinuxSystem
public import UpdateTrust

/// What to receive, where from and where to.
public struct ReceiveOptions: Sendable {
    public var group: IPv6Address
    public var port: UInt16 = 4242
    /// Only what this address sends (source-specific multicast); nil: any.
    public var source: IPv6Address?
    /// nil: the preferred one of the host.
    public var interface: String?
    /// Where the file appears once it is whole and verified.
    public var output: String
    /// Whose signatures count; nil: unsigned updates are taken, and only these.
    public var trust: TrustStore?
    /// What else a manifest must be like.
    public var policy = ManifestPolicy()
    /// The directory that remembers what was accepted and what has come of an update.
    public var state: String
    /// When to give up while nothing has been received in full; nil: never.
    public var timeout: Duration?
    /// Wait for the next update after each.
    public var follows = false
    /// How often to listen whether there is a next update, a few seconds each; zero: listen all the time.
    public var followInterval = Duration.seconds(60)
    /// Run for each verified update, without a shell; empty: nothing.
    public var command: [String] = []
    /// Where the command's output goes; nil: where that of this program goes.
    public var commandOutput: Int32?
    /// With `follows`: for how long manifests are not looked at after a failure.
    var failurePause = Duration.seconds(30)
    /// How often the host's network is examined though it tells of no change. The kernel may drop a membership without a word, even
    /// that of a socket that is well: another one takes it away when it closes, if its own had gone with the interface's IPv6.
    /// All it costs is reading a file of /proc; nothing is sent.
    var networkExamination = Duration.seconds(10)
    /// What expiry is compared with.
    var wallClock: @Sendable () -> UTCTime = { UTCTime(clamping: UInt64(max(wallClockSeconds(), 0))) }

    public init(group: IPv6Address, output: String, trust: TrustStore?, state: String) {
        self.group = group
        self.output = output
        self.trust = trust
        self.state = state
    }
}
