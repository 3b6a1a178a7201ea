import CAllocationCount
import IPv6
import MLD
import Testing

@Suite("Allocations", .enabled(if: lc_counts_allocations() != 0))
struct AllocationTests {
    /// Without optimisation the compiler copies the list of a membership once for each record.
    private static var copies: UInt64 {
        #if DEBUG
            1
        #else
            0
        #endif
    }

    @Test(
        "A report of 64 groups that are known allocates nothing",
        arguments: [
            (MLDRecordKind.isExclude, 0), (.toExclude, 0), (.isInclude, 2), (.toInclude, 2), (.allow, 2),
        ])
    func known(kind: MLDRecordKind, sources: Int) {
        var link = TestLink.settled()
        let report = MLDReport((1...64).map { .init(kind, group($0), (0..<sources).map(source)) })
        let octets = report.encoded(from: host(1), to: .allMLDv2Routers)
        var actions: [MLDRouter.Action] = []
        var counts: [UInt64] = [0, 0, 0]
        for round in 0..<3 {
            let before = lc_allocation_count()
            link.router.receive(
                octets.span.bytes, from: host(1), to: .allMLDv2Routers, hopLimit: 1, routerAlert: true, at: link.now,
                into: &actions)
            counts[round] = lc_allocation_count() - before
            actions.removeAll(keepingCapacity: true)
        }
        #expect(link.router.groupCount == 64)
        #expect(counts[0] > 0)
        let known = sources == 0 ? 0 : 64 * Self.copies
        #expect(counts[1] <= known && counts[2] <= known)
    }
}
