/// `Partition[I, J]` (RFC 6330 §4.4.1.2): I things in J parts whose sizes differ by one at most, larger parts first.
struct Partition {
    private let small: Int
    private let larger: Int

    /// `parts` is not 0.
    init(_ count: Int, into parts: Int) {
        small = count / parts
        larger = count % parts
    }

    func size(_ part: Int) -> Int { part < larger ? small + 1 : small }

    /// Things in the parts before this one.
    func start(_ part: Int) -> Int { part * small + min(part, larger) }
}
