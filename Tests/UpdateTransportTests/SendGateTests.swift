import Testing
import Timing

@testable import UpdateTransport

@Suite("When to send")
struct SendGateTests {
    let start = Instant(nanoseconds: 1_000_000_000)

    @Test("It follows the channel")
    func follows() {
        let gate = Held(SendGate())
        #expect(!gate.isOpen)
        #expect(gate.handle(.channel(active: true, holdTime: nil), at: start))
        #expect(!gate.handle(.channel(active: true, holdTime: nil), at: start))
        #expect(gate.isOpen)
        #expect(gate.handle(.channel(active: false, holdTime: nil), at: start))
        #expect(!gate.isOpen)
    }

    @Test("Without the agent it stays open for the hold time")
    func holds() {
        let gate = Held(SendGate())
        _ = gate.handle(.channel(active: true, holdTime: nil), at: start)
        #expect(!gate.handle(.connectionLost, at: start))
        // Attempts to connect that fail do not make it longer.
        #expect(!gate.handle(.connectionLost, at: start + .seconds(1)))
        #expect(gate.nextDeadline == start + .seconds(2))
        #expect(!gate.handle(.tick, at: start + .milliseconds(1_999)))
        #expect(gate.handle(.tick, at: start + .seconds(2)))
        #expect(!gate.isOpen)
    }

    @Test("An agent that comes back in time has interrupted nothing")
    func comesBack() {
        let gate = Held(SendGate())
        _ = gate.handle(.channel(active: true, holdTime: nil), at: start)
        _ = gate.handle(.connectionLost, at: start)
        #expect(!gate.handle(.channel(active: true, holdTime: nil), at: start + .seconds(1)))
        #expect(!gate.handle(.tick, at: start + .seconds(60)))
        #expect(gate.isOpen)
    }

    @Test("A closed gate does not open by losing the agent, and an always open one stays so")
    func others() {
        let gate = Held(SendGate())
        #expect(!gate.handle(.connectionLost, at: start))
        #expect(gate.nextDeadline == nil)
        #expect(SendGate(always: true).isOpen)
    }

    @Test("The hold time is the channel's, the one told last")
    func channelHoldTime() {
        let gate = Held(SendGate())
        _ = gate.handle(.channel(active: true, holdTime: .seconds(30)), at: start)
        _ = gate.handle(.channel(active: true, holdTime: .milliseconds(500)), at: start)
        #expect(!gate.handle(.connectionLost, at: start))
        #expect(gate.nextDeadline == start + .milliseconds(500))
        #expect(gate.handle(.tick, at: start + .milliseconds(500)))
    }

    @Test("A hold time of 0 closes it at once")
    func noHoldTime() {
        let gate = Held(SendGate())
        _ = gate.handle(.channel(active: true, holdTime: .zero), at: start)
        #expect(gate.handle(.connectionLost, at: start))
        #expect(!gate.isOpen && gate.nextDeadline == nil)
    }

    @Test("An agent that is there and refuses is asked ever less often, up to five seconds, until it has answered")
    func refused() {
        var delay = ReconnectDelay()
        let delays = (0..<8).map { _ in delay.next(after: .refused) }
        #expect(delays == [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000].map { .milliseconds($0) })
        delay.succeeded()
        #expect(delay.next(after: .refused) == .milliseconds(100))
    }

    @Test("For an agent that is not there it looks ten times a second, however long that takes")
    func absent() {
        var delay = ReconnectDelay()
        for _ in 0..<100 { #expect(delay.next(after: .absent) == .milliseconds(100)) }
        for _ in 0..<5 { _ = delay.next(after: .refused) }
        #expect(delay.next(after: .absent) == .milliseconds(100))
        #expect(delay.next(after: .refused) == .milliseconds(100), "another agent begins anew")
    }
}
