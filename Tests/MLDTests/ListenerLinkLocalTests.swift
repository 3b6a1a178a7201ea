import IPv6
import MLD
import Testing
import Timing

/// RFC 9777 §5.2.14.
@Suite("A listener without an address")
struct ListenerLinkLocalTests {
    typealias Record = MLDReport.Record

    @Test("C79 Without a link-local address reports go out from ::, and when one appears all is told again")
    func appears() {
        var host = TestListener()
        #expect(host.listener.hasLinkLocal)
        host.setHasLinkLocal(false)
        #expect(!host.listener.hasLinkLocal)
        host.want(group(1), .exclude, [source(1)])
        host.want(group(2), .include, [source(2), source(3)])
        host.want(group(3), .exclude)
        host.want(group(3), .include)
        #expect(host.reports().count == 4)
        host.pass(.seconds(5))
        _ = host.sent()
        host.setHasLinkLocal(true)
        #expect(host.listener.hasLinkLocal)
        let all = [
            Record(.toExclude, group(1), [source(1)]), Record(.allow, group(2), [source(2), source(3)]),
        ]
        let start = host.now
        #expect(host.reports() == [all])
        host.pass(.seconds(5))
        let repeated = host.sent()
        #expect(repeated.map(\.records) == [all])
        #expect(repeated.allSatisfy { $0.at - start <= .seconds(1) })
        #expect(host.listener.nextDeadline == nil)
    }

    @Test("C79 Only an address that was missing has everything told again")
    func stays() {
        var host = TestListener.settled([(group(1), .exclude, [])])
        host.setHasLinkLocal(true)
        host.setHasLinkLocal(false)
        host.setHasLinkLocal(false)
        #expect(host.sent().isEmpty && host.listener.nextDeadline == nil)
    }

    @Test("C79 What was being told when the address appears is merged with it")
    func merges() {
        var host = TestListener()
        host.setHasLinkLocal(false)
        host.want(group(1), .exclude)
        host.want(group(1), .include, [source(1), source(2)])
        host.want(group(1), .include, [source(2)])
        host.pass(.nanoseconds(1))
        _ = host.sent()
        host.setHasLinkLocal(true)
        host.pass(.seconds(5))
        // TO_IN had its two transmissions; what is wanted goes out twice, what is not once more.
        #expect(
            host.reports() == [
                [Record(.allow, group(1), [source(2)]), Record(.block, group(1), [source(1)])],
                [Record(.allow, group(1), [source(2)])],
            ])
    }

    @Test("C79 In version 1 mode too")
    func version1() {
        var host = TestListener { $0.version = .mldv1 }
        host.setHasLinkLocal(false)
        host.want(group(1), .exclude)
        host.pass(.seconds(5))
        #expect(host.version1().count == 2)
        host.setHasLinkLocal(true)
        #expect(host.version1().count == 1)
        host.pass(.seconds(5))
        #expect(host.version1().count == 1)
    }
}
