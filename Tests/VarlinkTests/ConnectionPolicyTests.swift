import Glibc
import Testing
import Timing

@testable import Varlink

@Suite("Who may connect")
struct ConnectionPolicyTests {
    private let now = Instant(nanoseconds: 1_000_000_000_000)
    private let policy: ConnectionPolicy

    init() {
        var limits = VarlinkServer.Limits()
        limits.connections = 10
        limits.reservedForRoot = 2
        limits.connectionsPerUser = 5
        limits.idleTime = .seconds(10)
        policy = ConnectionPolicy(limits: limits)
    }

    private func held(_ uids: [uid_t], open: Bool = true, idle: Duration = .zero) -> [ConnectionPolicy.Connection] {
        uids.enumerated().map { index, uid in
            .init(
                number: Int32(index), uid: uid, isEnding: false, hasOpenCall: open,
                lastActive: now + (.seconds(index == 3 ? -1 : 0) - idle))
        }
    }

    private func decision(_ uid: uid_t, _ held: [ConnectionPolicy.Connection]) -> ConnectionPolicy.Decision {
        policy.decision(about: VarlinkPeer(pid: 1, uid: uid, gid: 0), beside: held, at: now)
    }

    @Test("one user cannot take all that is not root's")
    func perUser() {
        let greedy = held(Array(repeating: 7, count: 5))
        #expect(decision(7, greedy) == .refuse)
        #expect(decision(8, greedy) == .accept)
    }

    @Test("the last ones are root's")
    func reserve() {
        let full = held([1, 1, 1, 1, 2, 2, 2, 2])
        #expect(decision(3, full) == .refuse)
        #expect(decision(0, full) == .accept)
        #expect(decision(0, full + held([0, 0])) == .refuse)
        // What root holds does not count as others'.
        #expect(decision(3, held([0, 0, 0, 1, 1, 1])) == .accept)
    }

    @Test("the client that has been idle for longest makes room, after a while")
    func idle() {
        let full: [uid_t] = [1, 1, 1, 1, 2, 2, 2, 2]
        #expect(decision(3, held(full, open: false, idle: .seconds(8))) == .refuse)
        #expect(decision(3, held(full, open: false, idle: .seconds(10))) == .replace(3))
        #expect(decision(3, held(full, open: true, idle: .seconds(1000))) == .refuse)
        // Of a user with too many it is one of that user's own.
        #expect(decision(2, held([1, 1, 1, 1, 2, 2, 2, 2, 2], open: false, idle: .seconds(20))) == .replace(4))
        // Root's are not given up for others, unless there is no room at all.
        #expect(decision(3, held([0, 0], open: false, idle: .seconds(99)) + held(full)) == .refuse)
    }

    @Test("a client that has gone, or whose connection ends, makes room at once")
    func ending() {
        var full = held([1, 1, 1, 1, 2, 2, 2, 2])
        full[6].isEnding = true
        #expect(decision(3, full) == .replace(6))
    }
}
