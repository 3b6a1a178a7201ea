/// What is remembered of one group on one port, to tell whether promises are kept.
struct ForwardingWatch: Sendable {
    /// What was forwarded at the last look.
    var forwarded = SourceSet.none
    /// The machine has said since then that it changed.
    var wasTold = false
    /// What listeners that can be heard wanted at the last look.
    var wanted = SourceSet.none
    /// The part of it that had to be forwarded.
    var due = SourceSet.none
    /// The part of it that was forwarded at some time.
    var established = SourceSet.none
    /// The part that limits have let in; kept where there are low ones.
    var held = SourceSet.none
    /// The part that was missing, and by when it must be back.
    var missing = SourceSet.none
    var missingUntil: [UInt64]
    /// Since when each source is not wanted.
    var unwantedSince: [UInt64]
    /// Forwarded when the last listener let go, and still.
    var ending = SourceSet.none
    /// When the group is looked at again without cause; `.max`: not.
    var nextLook = UInt64.max

    /// In the place of one that is being looked at.
    static let none = ForwardingWatch(sourceCount: 0)

    /// Nothing is forwarded, wanted or ending.
    var isIdle: Bool { forwarded.isEmpty && wanted.isEmpty && ending.isEmpty && nextLook == .max }

    init(sourceCount: Int) {
        missingUntil = [UInt64](repeating: 0, count: sourceCount + 1)
        unwantedSince = missingUntil
    }
}
