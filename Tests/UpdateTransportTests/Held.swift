import Timing

@testable import UpdateTransport

/// Holds a machine by reference: `#expect` cannot look into calls that mutate a value.
@dynamicMemberLookup
final class Held<Machine> {
    var machine: Machine
    init(_ machine: Machine) { self.machine = machine }
    subscript<T>(dynamicMember path: KeyPath<Machine, T>) -> T { machine[keyPath: path] }
}

extension Held where Machine == SendGate {
    func handle(_ input: SendGate.Input, at now: Instant) -> Bool { machine.handle(input, at: now) }
}
