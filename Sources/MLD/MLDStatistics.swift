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

    /// Discarded messages, each under one reason; `limit` also counts messages of which a limit refused a part.
    public struct Errors: Sendable, Equatable {
        public var checksum: UInt64 = 0
        public var tooShort: UInt64 = 0
        public var hopLimit: UInt64 = 0
        public var sourceAddress: UInt64 = 0
        public var routerAlert: UInt64 = 0
        public var unknownType: UInt64 = 0
        public var malformed: UInt64 = 0
        public var limit: UInt64 = 0
        public var denied: UInt64 = 0
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
