/// Counters of one link (RFC 8652 `statistics`).
public struct MLDStatistics: Sendable, Equatable {
    /// Messages by type.
    public struct Messages: Sendable, Equatable {
        public var query: UInt64 = 0
        public var report: UInt64 = 0
        public var reportV1: UInt64 = 0
        public var done: UInt64 = 0
        public init() {}
    }

    /// Discarded messages, each under one reason; `limit` and `noSource` also count messages of which a part was refused.
    public struct Errors: Sendable, Equatable {
        public var checksum: UInt64 = 0
        public var tooShort: UInt64 = 0
        /// Than ``MLDArrival/longestMessage``.
        public var tooLong: UInt64 = 0
        /// Fragments that could not be put together.
        public var fragment: UInt64 = 0
        public var hopLimit: UInt64 = 0
        public var sourceAddress: UInt64 = 0
        public var routerAlert: UInt64 = 0
        public var unknownType: UInt64 = 0
        public var malformed: UInt64 = 0
        public var limit: UInt64 = 0
        public var denied: UInt64 = 0
        /// Reports that name no source for a source-specific group (RFC 4604 §2.2.1).
        public var noSource: UInt64 = 0
        /// Messages that the kernel had no room for until they were read.
        public var dropped: UInt64 = 0
        public init() {}
    }

    /// How often each limit was reached.
    public struct Limits: Sendable, Equatable {
        private var counts = [UInt64](repeating: 0, count: MLDLimit.allCases.count)
        public init() {}

        public internal(set) subscript(limit: MLDLimit) -> UInt64 {
            get { counts[Int(limit.rawValue)] }
            set { counts[Int(limit.rawValue)] = newValue }
        }
    }

    /// Accepted messages.
    public var received = Messages()
    public var sent = Messages()
    public var errors = Errors()
    public var limits = Limits()
    public init() {}
}
