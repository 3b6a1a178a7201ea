import IPv6
import MLD
import Testing
import Timing

@Suite("Sources that a host does not name any more")
struct UnnamedSourceTests {
    /// Both hosts have named the first source, the first one another besides. Then general queries are answered for a
    /// while: the first host names what `answers` says, the second one the first source.
    private func link(after rounds: Int, answers: (Int) -> [[Int]]) -> TestLink {
        var link = TestLink.settled()
        link.report(.allow, ssmGroup(1), [source(1), source(2)])
        link.report(.allow, ssmGroup(1), [source(1)], host: 2)
        for round in 1...rounds {
            link.pass(.seconds(125))
            for part in answers(round) { link.report(.isInclude, ssmGroup(1), part.map(source)) }
            link.report(.isInclude, ssmGroup(1), [source(1)], host: 2)
        }
        _ = link.taken()
        return link
    }

    @Test(
        "A host that does not name a source for the listening interval is not taken to want it: it ends with the last one"
    )
    func ends() {
        var link = link(after: 6) { _ in [[2]] }
        #expect(link.router.listenerCount(group: ssmGroup(1), source: source(1)) == 1)
        link.report(.block, ssmGroup(1), [source(1)], host: 2)
        #expect(link.changes() == [ssmGroup(1)])
        #expect(link.router.group(ssmGroup(1))?.hosts.map(\.sources) == [[source(2)]])
    }

    @Test(
        "It is taken to want what it names in parts of its answers, or in every second answer",
        arguments: [
            [[[1], [2]]], [[[1, 2]], [[2]]], [[[2], [1]], [[2]]], [[[1]], [[2]]],
        ])
    func stays(answers: [[[Int]]]) {
        for rounds in 1...12 {
            var link = link(after: rounds) { answers[$0 % answers.count] }
            link.report(.block, ssmGroup(1), [source(1)], host: 2)
            link.pass(.seconds(5))
            #expect(link.router.forwards(source: source(1), group: ssmGroup(1)), "\(rounds)")
        }
    }

    @Test("What is named is known while the list of a host changes, however long it is")
    func changes() {
        var link = TestLink.settled()
        link.report(.allow, ssmGroup(1), (1...100).map(source))
        link.report(.allow, ssmGroup(1), (1...100).map(source), host: 2)
        for round in 1...8 {
            link.pass(.seconds(125))
            // Something in front moves all others.
            link.report(round % 2 == 0 ? .allow : .block, ssmGroup(1), [source(0)])
            link.report(.isInclude, ssmGroup(1), (11...60).map(source))
            link.report(.isInclude, ssmGroup(1), (61...100).map(source))
            link.report(.isInclude, ssmGroup(1), (1...100).map(source), host: 2)
        }
        let known = link.router.group(ssmGroup(1))?.hosts.map { Set($0.sources) }
        #expect(known == [Set(([0] + Array(11...100)).map(source)), Set((1...100).map(source))])
        for number in 1...100 {
            #expect(link.router.listenerCount(group: ssmGroup(1), source: source(number)) == (number > 10 ? 2 : 1))
        }
    }
}
