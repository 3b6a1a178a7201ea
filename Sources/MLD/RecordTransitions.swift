import IPv6
import Timing

extension GroupRecord {
    /// What a transition did besides changing the record.
    struct Outcome {
        /// Other packets are forwarded than before.
        var suggestionChanged = false
        /// Sources for which there was no room.
        var refused = 0
        /// Q(MA) is asked for.
        var asksGroup = false
        /// Q(MA,set) is asked for: the sources with `isQueried`.
        var asksSources = false
    }

    /// Applies one record of a report by the tables of RFC 9777 §7.4.1 and §7.4.2.
    ///
    /// Marks the sources to be queried, lowers no timer and sends nothing. `room` is how many sources may be added.
    mutating func apply(
        _ kind: MLDRecordKind, _ list: MLDReportView.Sources, in octets: RawSpan, at now: Instant, listening: UInt64,
        room: Int
    ) -> Outcome {
        var transition = Transition(
            mode: mode, kind: kind, now: now, fresh: now + listening, filterTimer: filterTimer, room: room)
        for index in 0..<list.count {
            let source = list.address(at: index, in: octets)
            if source.canBeSource { name(source, &transition) }
        }
        if transition.concernsUnnamed { settleUnnamed(&transition) }
        if kind == .toInclude && mode == .exclude { transition.outcome.asksGroup = true }
        if kind == .isExclude || kind == .toExclude {
            if mode == .include { transition.outcome.suggestionChanged = true }
            mode = .exclude
            filterTimer = transition.fresh
        }
        return transition.outcome
    }

    private struct Transition {
        /// The mode before the record.
        let mode: FilterMode
        let kind: MLDRecordKind
        let now: Instant
        /// Now + MALI.
        let fresh: Instant
        /// The filter timer before the record.
        let filterTimer: Instant
        var room: Int
        var outcome = Outcome()

        /// Whether something happens to sources that the message does not name.
        var concernsUnnamed: Bool { kind == .toInclude || kind == .isExclude || kind == .toExclude }
    }

    /// One source that the record names.
    private mutating func name(_ address: IPv6Address, _ transition: inout Transition) {
        let (index, isThere) = find(address)
        let place: SourceState.Place? = isThere && sources[index].place != .tracked ? sources[index].place : nil
        var asks = false
        switch (transition.mode, transition.kind) {
        case (_, .isInclude), (_, .allow), (_, .toInclude):  // A+B or X+A, Y−A: timer = MALI
            let isPut = put(address, at: index, isThere, .forward, transition.fresh, &transition)
            if isPut && (place == .block || place == nil && transition.mode == .include) {
                transition.outcome.suggestionChanged = true
            }
            return
        case (.include, .block):  // Q(MA, A*B)
            asks = place == .forward
        case (.include, .isExclude), (.include, .toExclude):  // A*B stay, B−A go to Y
            if place == nil { put(address, at: index, isThere, .block, transition.now, &transition) }
            asks = place == .forward && transition.kind == .toExclude
        case (.exclude, .isExclude):  // A−X−Y: timer = MALI
            if place == nil { put(address, at: index, isThere, .forward, transition.fresh, &transition) }
        case (.exclude, .block), (.exclude, .toExclude):  // A−X−Y: timer = filter timer; Q(MA, A−Y)
            asks = place != .block
            if place == nil { asks = put(address, at: index, isThere, .forward, transition.filterTimer, &transition) }
        }
        if asks { ask(index, &transition) }
        if place != nil { sources[index].isNamed = transition.concernsUnnamed }
    }

    /// Sources of the record that the message does not name: (A−B) or (X−A) are asked for by TO_IN, deleted by IS_EX and
    /// TO_EX, and so is (Y−A).
    private mutating func settleUnnamed(_ transition: inout Transition) {
        var removes = false
        for index in sources.indices {
            if sources[index].isNamed {
                sources[index].isNamed = false
                continue
            }
            let place = sources[index].place
            if transition.kind == .toInclude {
                if place == .forward { ask(index, &transition) }
                continue
            }
            if place == .tracked { continue }
            if place == .block { transition.outcome.suggestionChanged = true }
            if !Self.keepsTracked(&sources[index]) { removes = true }
        }
        if removes { dropUntracked() }
    }

    private mutating func ask(_ index: Int, _ transition: inout Transition) {
        sources[index].isQueried = true
        transition.outcome.asksSources = true
    }

    /// Puts a source into a place, adding it if it is not there. False if there is no room.
    @discardableResult
    private mutating func put(
        _ address: IPv6Address, at index: Int, _ isThere: Bool, _ place: SourceState.Place, _ timer: Instant,
        _ transition: inout Transition
    ) -> Bool {
        if isThere {
            let isBack = sources[index].place == .tracked
            if isBack { sources[index].created = transition.now }
            sources[index].isLowered = isBack && timer < sources[index].timer
            sources[index].place = place
            sources[index].timer = timer
        } else {
            guard transition.room > 0 else {
                transition.outcome.refused += 1
                return false
            }
            transition.room -= 1
            sources.insert(
                SourceState(address: address, created: transition.now, timer: timer, place: place), at: index)
        }
        sources[index].isNamed = transition.concernsUnnamed
        return true
    }
}
