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
        #expect(gate.handle(.channel(active: true), at: start))
        #expect(!gate.handle(.channel(active: true), at: start))
        #expect(gate.isOpen)
        #expect(gate.handle(.channel(active: false), at: start))
        #expect(!gate.isOpen)
    }

    @Test("Without the agent it stays open for the hold time")
    func holds() {
        let gate = Held(SendGate())
        _ = gate.handle(.channel(active: true), at: start)
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
        _ = gate.handle(.channel(active: true), at: start)
        _ = gate.handle(.connectionLost, at: start)
        #expect(!gate.handle(.channel(active: true), at: start + .seconds(1)))
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

    @Test("Attempts to connect double their distance up to five seconds, and begin again after a success")
    func reconnect() {
        var delay = ReconnectDelay()
        let delays = (0..<8).map { _ in delay.next() }
        #expect(delays == [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000].map { .milliseconds($0) })
        delay.succeeded()
        #expect(delay.next() == .milliseconds(100))
    }
}
