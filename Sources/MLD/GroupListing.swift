import IPv6
import Timing

/// The state of one group as an observer sees it (RFC 8652 `group`).
public struct GroupListing: Sendable, Equatable {
    public enum SourceDisposition: Sendable { case forward, block }

    public struct Source: Sendable, Equatable {
        public var address: IPv6Address
        public var state: SourceDisposition
        public var created: Instant
        /// The end of the source timer; nil while blocked.
        public var expires: Instant?
    }

    /// A tracked host.
    public struct Host: Sendable, Equatable {
        public var address: IPv6Address
        public var filterMode: FilterMode
        /// The sources that it includes or excludes, in order.
        public var sources: [IPv6Address]
        public var expires: Instant
    }

    public var group: IPv6Address
    public var filterMode: FilterMode
    public var compatibility: MLDVersion
    public var created: Instant
    /// The end of the filter timer; nil in INCLUDE mode.
    public var expires: Instant?
    public var lastReporter: IPv6Address
    /// In the order of their addresses.
    public var sources: [Source]
    /// In no order.
    public var hosts: [Host]
}
