import IPv6
import Timing

/// The router part of multicast listener discovery on one link (RFC 9777 §7): querier, membership records, tracked hosts.
///
/// A value that does nothing by itself: messages and the time go in, actions come out. How it is built:
/// - Reports find their group by hash and its record by index; timers that move later touch nothing else (`GroupTable`).
/// - Every host's own wish is kept besides the record of the RFC (`Membership`), so that the last one's leaving ends the
///   forwarding at once, and leaving while other tracked hosts want the same lowers no timer (`RouterDepartures`). What is
///   asked then only confirms it (`RouterConfirmations`).
/// - Where tracking is not complete (before a round of general queries, in version 1 mode, beyond a limit) leaving is
///   settled by the queries of §7.6.3, as it is without tracking.
public struct MLDRouter: Sendable {
    /// What the caller is to do.
    public enum Action: Equatable, Sendable {
        /// Send a query from this router's link-local address, with hop limit 1 and Router Alert.
        case send(MLDQuery, to: IPv6Address)
        /// What ``MLDRouter/forwards(source:group:)`` answers for this group has changed for some source.
        case suggestionChanged(group: IPv6Address)
        case event(MLDEvent)
    }

    public internal(set) var configuration: MLDConfiguration
    /// This router's link-local address: what the election goes by.
    public internal(set) var address: IPv6Address
    /// MTU of the link in octets, which limits the queries.
    public var mtu: Int
    /// Whether anybody wants the events of groups, sources and hosts. Querier changes and limits are always told.
    public var reportsEvents = false
    public internal(set) var statistics = MLDStatistics()

    /// `configuration` with what a foreign querier tells (§9.1, §9.2).
    var operating: MLDConfiguration
    var intervals: RouterIntervals
    var table = GroupTable()
    var hostTable = HostTable()
    var querierState = QuerierState()
    /// Sources in all records.
    var sourceTotal = 0
    /// Memberships that are tracked, each source in them counted as one more.
    var membershipTotal = 0
    /// What the latest new member named.
    var recentSources: [IPv6Address] = []
    /// Until then a listener may be there whose report was dropped because of a rate.
    var unheardUntil = Instant(nanoseconds: 0)
    /// Until then a listener may be there whose group was refused.
    var refusedUntil = Instant(nanoseconds: 0)
    var rates: RouterRates
    var notices = RouterNotices()
    /// What is still to be asked about leaves that were believed at once.
    var confirmations = LeaveConfirmations()

    /// A router that is not running; `start` makes it one.
    public init(configuration: MLDConfiguration, address: IPv6Address, mtu: Int) {
        self.configuration = configuration
        self.address = address
        self.mtu = mtu
        operating = configuration
        intervals = RouterIntervals(configuration)
        rates = RouterRates(configuration)
    }

    /// Begins as querier (§7.6.2), if it is not passive. Also after the link was down: what is known is kept, and all listeners are asked again.
    public mutating func start(at now: Instant, into actions: inout [Action]) {
        querierState.isRunning = true
        querierState.allHeardFrom = .distantFuture
        querierState.hold = QuerierState.Hold()
        standForQuerier(at: now, into: &actions)
        guard querierState.isActive else { return }
        querierState.startupQueriesLeft = operating.effectiveStartupQueryCount
        sendGeneralQuery(at: now, into: &actions)
    }

    /// Forgets everything and falls silent.
    public mutating func stop(at now: Instant, into actions: inout [Action]) {
        querierState.isRunning = false
        querierState.nextGeneralQuery = .distantFuture
        querierState.otherQuerierUntil = .distantFuture
        querierState.adoptedUntil = .distantFuture
        confirmations.removeAll()
        for slot in table.records.indices where table.isLive(slot) { remove(slot, into: &actions) }
    }

    /// Forgets one group, or all, and asks again whether anybody wants it. With all groups another querier is forgotten,
    /// too: this router is querier until it hears it again.
    public mutating func clear(group: IPv6Address?, at now: Instant, into actions: inout [Action]) {
        // Hosts answer once: until they have, tracking is not complete.
        querierState.allHeardFrom = .distantFuture
        guard let group else {
            for slot in table.records.indices where table.isLive(slot) { remove(slot, into: &actions) }
            let isForeign = !querierState.isSelf && !querierState.address.isUnspecified
            if querierState.isRunning && isForeign { standForQuerier(at: now, into: &actions) }
            if querierState.isActive { sendGeneralQuery(at: now, into: &actions) }
            return
        }
        if let slot = table.slot(of: group) { remove(slot, into: &actions) }
        if querierState.isActive { send(specificQuery(for: group, suppress: false), into: &actions) }
    }

    /// Tells the router its new link-local address. A foreign querier that no longer has the lower one is given up at the
    /// next `advance`.
    public mutating func setAddress(_ address: IPv6Address) {
        self.address = address
        guard querierState.isRunning, !querierState.isSelf, !configuration.isPassive else { return }
        if !Self.wins(querierState.address, against: address) {
            querierState.otherQuerierUntil = Instant(nanoseconds: 0)
        }
    }

    /// Applies other settings; timers that run keep their ends, state above a lower limit or of a group denied now stays
    /// until nobody refreshes it.
    public mutating func reconfigure(_ configuration: MLDConfiguration, at now: Instant) {
        self.configuration = configuration
        rates = RouterRates(configuration)
        let adopted = operating
        operating = configuration
        if !querierState.isSelf {
            operating.robustnessVariable = adopted.robustnessVariable
            operating.queryInterval = adopted.queryInterval
        }
        if querierState.isRunning && !querierState.isSelf && !configuration.isPassive {
            let isDenied = !(configuration.querierGuard?.contains(querierState.address) ?? true)
            let longest = isDenied ? .zero : configuration.otherQuerierPresentInterval
            querierState.otherQuerierUntil = min(querierState.otherQuerierUntil, now + longest)
        }
        intervals = RouterIntervals(operating)
        if querierState.isActive {
            querierState.nextGeneralQuery = min(querierState.nextGeneralQuery, now + intervals.query)
        }
    }

    /// When `advance` is to be called next; nil when nothing is waiting. May be earlier than anything that happens.
    public var nextDeadline: Instant? {
        let earliest = min(
            querierState.nextGeneralQuery, querierState.otherQuerierUntil, querierState.adoptedUntil,
            table.nextDeadline ?? .distantFuture, confirmations.next)
        return earliest == .distantFuture ? nil : earliest
    }

    /// Counts a message that cannot be used because of how it arrived.
    public mutating func count(_ defect: MLDArrival.Defect) {
        switch defect {
        case .checksum: statistics.errors.checksum += 1
        case .tooLong: statistics.errors.tooLong += 1
        case .cut: statistics.errors.tooShort += 1
        case .fragment: statistics.errors.fragment += 1
        }
    }

    /// Counts messages that were lost before anybody heard them.
    public mutating func count(dropped messages: UInt64) { statistics.errors.dropped &+= messages }
}
