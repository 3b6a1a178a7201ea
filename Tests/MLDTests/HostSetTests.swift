import IPv6
import SeededRandom
import Testing
import Timing

@testable import MLD

@Suite("HostSet")
struct HostSetTests {
    @Test("Keeps what a dictionary would keep, few hosts or many, and counts modes")
    func model() {
        var random = SeededGenerator(seed: 3)
        var set = HostSet()
        var model: [Int32: Membership] = [:]
        for step in 0..<20_000 {
            let host = Int32.random(in: 0..<(step / 2000 % 2 == 0 ? 30 : 6), using: &random)
            let membership = Membership(
                host: host, mode: Bool.random(using: &random) ? .include : .exclude,
                expires: Instant(nanoseconds: UInt64(step)), sources: Bool.random(using: &random) ? [] : [source(step)],
                now: Instant(nanoseconds: 0))
            let position = set.position(of: host)
            #expect((position != nil) == (model[host] != nil))
            switch (position, Int.random(in: 0..<3, using: &random)) {
            case (nil, _):
                set.insert(membership)
                model[host] = membership
            case (let position?, 0):
                set.replace(at: position, with: membership)
                model[host] = membership
            case (let position?, 1):
                set.remove(at: position)
                model[host] = nil
            case (let position?, _):
                set.extend(at: position, until: membership.expires)
                model[host]?.expires = membership.expires
            }
            guard step % 10 == 0 else { continue }
            #expect(set.count == model.count && set.isEmpty == model.isEmpty)
            for (host, expected) in model {
                let found = set.membership(of: host)
                #expect(found?.host == host && found?.expires == expected.expires)
                #expect(found?.mode == expected.mode && found?.sources == expected.sources)
            }
            let excluding = model.values.filter { $0.mode == .exclude }
            #expect(set.excludeCount == excluding.count)
            #expect(set.openCount == excluding.filter(\.sources.isEmpty).count)
        }
    }
}
