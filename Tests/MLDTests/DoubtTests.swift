import IPv6
import MLD
import Testing
import Timing

/// A host that changes its mind while it repeats a change of mode sends TO_IN with its new list, and BLOCK once only. If
/// that is lost, nobody says any more that the source in between is not wanted.
@Suite("What a host may have lost interest in")
struct DoubtTests {
    /// Host 1 wanted everything, then source 1, then source 2 instead, within one repetition of its change of mode. `other`
    /// is what host 2 wants meanwhile.
    private func link(other: MLDRecordKind, _ sources: [Int]) -> TestLink {
        var link = TestLink.settled()
        link.report(.toExclude, group(1))
        link.report(other, group(1), sources.map(source), host: 2)
        link.report(.toInclude, group(1), [source(1)])
        for _ in 1...2 {
            link.report(.toInclude, group(1), [source(2)])
            link.pass(.milliseconds(500))
        }
        return link
    }

    private func forwarded(_ link: TestLink) -> [Int] {
        [1, 2, 9].filter { link.router.forwards(source: source($0), group: group(1)) }
    }

    @Test(
        "When the others leave it is asked for, and ends unless it is answered for",
        arguments: [true, false], [MLDRecordKind.toExclude, .allow])
    func ends(answers: Bool, other: MLDRecordKind) {
        var link = link(other: other, other == .allow ? [1] : [])
        #expect(forwarded(link).starts(with: [1, 2]))
        link.pass(.seconds(5))
        _ = link.taken()
        link.report(other == .allow ? .block : .toInclude, group(1), other == .allow ? [source(1)] : [], host: 2)
        #expect(forwarded(link) == [1, 2])
        #expect(link.sent().contains { $0.sources == [source(1)] && !$0.suppressRouterSideProcessing })
        link.pass(.milliseconds(1500))
        if answers { link.report(.isInclude, group(1), [source(1), source(2)]) }
        link.pass(.milliseconds(500))
        #expect(forwarded(link) == (answers ? [1, 2] : [2]))
        // What it is sure to want lasts for as long as it was heard.
        link.pass(.seconds(250))
        #expect(forwarded(link) == (answers ? [1, 2] : [2]))
    }

    @Test(
        "There is no doubt once the host has named it or blocked it, or wants everything again",
        arguments: [
            (.block, [1], [2]), (.allow, [1], [1, 2]), (.isInclude, [1, 2], [1, 2]), (.toExclude, [], [1, 2, 9]),
        ] as [(MLDRecordKind, [Int], [Int])])
    func settled(kind: MLDRecordKind, named: [Int], left: [Int]) {
        var link = link(other: .toExclude, [])
        link.report(kind, group(1), named.map(source))
        link.pass(.seconds(5))
        _ = link.taken()
        link.report(.toInclude, group(1), host: 2)
        #expect(forwarded(link) == left)
        link.pass(.seconds(250))
        #expect(forwarded(link) == left)
    }

    @Test("What another host is sure to want is not asked for")
    func shared() {
        var link = link(other: .toExclude, [])
        link.report(.allow, group(1), [source(1)], host: 3)
        link.pass(.seconds(5))
        link.report(.toInclude, group(1), host: 2)
        link.pass(.seconds(250))
        #expect(forwarded(link) == [1, 2])
    }
}
