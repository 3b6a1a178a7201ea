import IPv6
import MLD
import Testing
import Timing

/// Every cell of RFC 9777 §7.4.1 and §7.4.2, written down as the tables have it, against every combination of sets over
/// three known and one more source: empty, disjoint, overlapping and equal ones among them. MALI is the listening interval,
/// FT the filter timer.
@Suite("Transitions")
struct TransitionTests {
    typealias Sources = Set<Int>

    enum State {
        case include(Sources)
        case exclude(Sources, Sources)
    }

    /// What a cell leads to.
    struct Result {
        var state: State
        /// Sources whose timer is MALI.
        var fresh: Sources = []
        /// Sources whose timer is what the filter timer was.
        var likeFilter: Sources = []
        /// FT=MALI
        var filterIsFresh = false
        /// Q(MA,set)
        var asksSources: Sources = []
        /// Q(MA)
        var asksGroup = false
    }

    static let mali = MLDConfiguration().multicastAddressListeningInterval

    // MARK: current-state records (§7.4.1)

    @Test("C47 IN(A) + IS_IN(B) → IN(A+B); (B)=MALI")
    func includeIsInclude() throws {
        try everyInclude(.isInclude) { a, b in Result(state: .include(a + b), fresh: b) }
    }

    @Test("C48 IN(A) + IS_EX(B) → EX(A*B,B−A); delete (A−B), FT=MALI")
    func includeIsExclude() throws {
        try everyInclude(.isExclude) { a, b in Result(state: .exclude(a * b, b - a), filterIsFresh: true) }
    }

    @Test("C49 EX(X,Y) + IS_IN(A) → EX(X+A,Y−A); (A)=MALI")
    func excludeIsInclude() throws {
        try everyExclude(.isInclude) { x, y, a in Result(state: .exclude(x + a, y - a), fresh: a) }
    }

    @Test("C50 EX(X,Y) + IS_EX(A) → EX(A−Y,Y*A); (A−X−Y)=MALI, FT=MALI")
    func excludeIsExclude() throws {
        try everyExclude(.isExclude) { x, y, a in
            Result(state: .exclude(a - y, y * a), fresh: a - x - y, filterIsFresh: true)
        }
    }

    // MARK: state-change records (§7.4.2)

    @Test("C51 IN(A) + ALLOW(B) → IN(A+B); (B)=MALI")
    func includeAllow() throws {
        try everyInclude(.allow) { a, b in Result(state: .include(a + b), fresh: b) }
    }

    @Test("C52 IN(A) + BLOCK(B) → IN(A); Q(MA,A*B)")
    func includeBlock() throws {
        try everyInclude(.block) { a, b in Result(state: .include(a), asksSources: a * b) }
    }

    @Test("C53 IN(A) + TO_EX(B) → EX(A*B,B−A); delete (A−B), Q(MA,A*B), FT=MALI")
    func includeToExclude() throws {
        try everyInclude(.toExclude) { a, b in
            Result(state: .exclude(a * b, b - a), filterIsFresh: true, asksSources: a * b)
        }
    }

    @Test("C54 IN(A) + TO_IN(B) → IN(A+B); (B)=MALI, Q(MA,A−B)")
    func includeToInclude() throws {
        try everyInclude(.toInclude) { a, b in Result(state: .include(a + b), fresh: b, asksSources: a - b) }
    }

    @Test("C55 EX(X,Y) + ALLOW(A) → EX(X+A,Y−A); (A)=MALI")
    func excludeAllow() throws {
        try everyExclude(.allow) { x, y, a in Result(state: .exclude(x + a, y - a), fresh: a) }
    }

    @Test("C56 EX(X,Y) + BLOCK(A) → EX(X+(A−Y),Y); (A−X−Y)=FT, Q(MA,A−Y)")
    func excludeBlock() throws {
        try everyExclude(.block) { x, y, a in
            Result(state: .exclude(x + (a - y), y), likeFilter: a - x - y, asksSources: a - y)
        }
    }

    @Test("C57 EX(X,Y) + TO_EX(A) → EX(A−Y,Y*A); (A−X−Y)=FT, Q(MA,A−Y), FT=MALI")
    func excludeToExclude() throws {
        try everyExclude(.toExclude) { x, y, a in
            Result(
                state: .exclude(a - y, y * a), likeFilter: a - x - y, filterIsFresh: true, asksSources: a - y)
        }
    }

    @Test("C58 EX(X,Y) + TO_IN(A) → EX(X+A,Y−A); (A)=MALI, Q(MA,X−A), Q(MA)")
    func excludeToInclude() throws {
        try everyExclude(.toInclude) { x, y, a in
            Result(state: .exclude(x + a, y - a), fresh: a, asksSources: x - a, asksGroup: true)
        }
    }

    // MARK: -

    private func everyInclude(_ kind: MLDRecordKind, _ expected: (_ a: Sources, _ b: Sources) -> Result) throws {
        for named in subsets(of: [1, 2, 3, 4]) {
            for a in subsets(of: [1, 2, 3]) { try check(kind, .include(a), named, expected(a, named)) }
        }
    }

    private func everyExclude(
        _ kind: MLDRecordKind, _ expected: (_ x: Sources, _ y: Sources, _ a: Sources) -> Result
    ) throws {
        for named in subsets(of: [1, 2, 3, 4]) {
            for x in subsets(of: [1, 2, 3]) {
                for y in subsets(of: Sources([1, 2, 3]).subtracting(x)) {
                    try check(kind, .exclude(x, y), named, expected(x, y, named))
                }
            }
        }
    }

    private func check(_ kind: MLDRecordKind, _ state: State, _ named: Sources, _ expected: Result) throws {
        let comment: Comment = "\(state) + \(kind)(\(named.sorted()))"
        var link = TestLink { $0.immediateLeave = false }
        let filterSet = link.now
        if case .exclude(_, let blocked) = state { link.report(.toExclude, group(1), blocked.sorted().map(source)) }
        link.pass(.seconds(1))
        let sourcesSet = link.now
        switch state {
        case .include(let listed), .exclude(let listed, _):
            link.report(.allow, group(1), listed.sorted().map(source))
        }
        link.pass(.seconds(5))
        _ = link.taken()
        try #require(isSetUp(link.router.group(group(1)), state), comment)
        let before = forwarded(by: link)
        link.report(kind, group(1), named.sorted().map(source))
        let actions = link.taken()

        // The suggestion is said to have changed exactly when it has.
        let changed = actions.contains(.suggestionChanged(group: group(1)))
        #expect(changed == (before != forwarded(by: link)), comment)

        // Q(MA) first, then Q(MA,set), an empty set asks nothing (C59).
        let sent = actions.compactMap { if case .send(let query, _) = $0 { query } else { nil } }
        var asked = expected.asksGroup ? [MLDQuery(maximumResponseDelay: 1000, group: group(1))] : []
        if !expected.asksSources.isEmpty {
            let list = expected.asksSources.sorted().map(source)
            asked.append(MLDQuery(maximumResponseDelay: 1000, group: group(1), sources: list))
        }
        #expect(sent == asked, comment)

        let lowered = link.now + .seconds(2)
        let end = { (number: Int) -> Instant in
            if expected.asksSources.contains(number) { return lowered }
            if expected.fresh.contains(number) { return link.now + Self.mali }
            return (expected.likeFilter.contains(number) ? filterSet : sourcesSet) + Self.mali
        }
        guard let listing = link.router.group(group(1)) else {
            guard case .include(let none) = expected.state else {
                Issue.record("no record", sourceLocation: #_sourceLocation)
                return
            }
            #expect(none.isEmpty, comment)
            return
        }
        let forward = listing.sources.filter { $0.state == .forward }
        let block = Set(listing.sources.filter { $0.state == .block }.map(\.address))
        switch expected.state {
        case .include(let listed):
            #expect(listing.filterMode == .include && listing.expires == nil, comment)
            #expect(Set(forward.map(\.address)) == Set(listed.map(source)) && block.isEmpty, comment)
        case .exclude(let listed, let blocked):
            #expect(listing.filterMode == .exclude, comment)
            #expect(Set(forward.map(\.address)) == Set(listed.map(source)), comment)
            #expect(block == Set(blocked.map(source)), comment)
            let filter =
                expected.asksGroup ? lowered : (expected.filterIsFresh ? link.now : filterSet) + Self.mali
            #expect(listing.expires == filter, comment)
        }
        for entry in forward { #expect(entry.expires == end(Int(entry.address.low)), comment) }
    }

    private func isSetUp(_ listing: GroupListing?, _ state: State) -> Bool {
        let forward = Set(listing?.sources.filter { $0.state == .forward }.map { Int($0.address.low) } ?? [])
        let block = Set(listing?.sources.filter { $0.state == .block }.map { Int($0.address.low) } ?? [])
        return switch state {
        case .include(let a): (listing == nil) == a.isEmpty && listing?.filterMode != .exclude && forward == a
        case .exclude(let x, let y): listing?.filterMode == .exclude && forward == x && block == y
        }
    }

    /// Which of the sources, and of one more, are forwarded.
    private func forwarded(by link: TestLink) -> [Bool] {
        (1...5).map { link.router.forwards(source: source($0), group: group(1)) }
    }

    private func subsets(of set: Sources) -> [Sources] {
        set.sorted().reduce([[]]) { found, member in found + found.map { $0.union([member]) } }
    }
}

// The tables' own notation.
extension Set {
    fileprivate static func + (a: Set, b: Set) -> Set { a.union(b) }
    fileprivate static func * (a: Set, b: Set) -> Set { a.intersection(b) }
    fileprivate static func - (a: Set, b: Set) -> Set { a.subtracting(b) }
}
