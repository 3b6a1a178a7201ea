import IPv6
import Timing

/// What a group's record holds about one source.
struct SourceState: Sendable {
    enum Place: UInt8 {
        /// In A of INCLUDE(A) or X of EXCLUDE(X,Y): forwarded, its timer runs.
        case forward
        /// In Y of EXCLUDE(X,Y): blocked, no timer.
        case block
        /// Not in the record as the RFC has it, but a tracked host names it.
        case tracked
    }

    let address: IPv6Address
    var created: Instant
    /// The end of the source timer while `place` is `.forward`.
    var timer: Instant
    /// Tracked hosts in INCLUDE mode that name it.
    var listeners: Int32 = 0
    var place: Place
    /// Transmissions of the source-specific query that are still to be sent.
    var queriesLeft: UInt8 = 0
    /// The timer was lowered, by a query or to the filter timer, and has not been refreshed since.
    var isLowered = false
    /// Its series of queries has to wait.
    var isDeferred = false
    /// Only during one record: named by it.
    var isNamed = false
    /// Only during one record: in the set that Q(MA,set) is asked for.
    var isQueried = false
    /// Only during one record: its last tracked listener let go.
    var isReleased = false
}
