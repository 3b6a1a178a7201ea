import IPv6
import MLD
import MLDSimulation
import Testing
import Timing

/// One cell of the tables of RFC 9777 §7.4 with certain sets, its result worked out by hand.
struct TransitionCell: CustomTestStringConvertible, Sendable {
    var number: Int
    var state: String
    var record: String
    var result: String
    var queries: String

    init(_ number: Int, _ state: String, _ record: String, _ result: String, _ queries: String = "") {
        (self.number, self.state, self.record, self.result, self.queries) = (number, state, record, result, queries)
    }

    var testDescription: String { "C\(number) \(state) + \(record)" }

    /// Empty, disjoint, overlapping, equal and containing sets; for EXCLUDE such that meet X, Y, both or none.
    static let querier: [TransitionCell] = [
        .init(47, "IN 1 2", "IS_IN", "IN 1:old 2:old"),
        .init(47, "IN 1 2", "IS_IN 3 4", "IN 1:old 2:old 3:mali 4:mali"),
        .init(47, "IN 1 2", "IS_IN 2 3", "IN 1:old 2:mali 3:mali"),
        .init(47, "IN 1 2", "IS_IN 1 2", "IN 1:mali 2:mali"),
        .init(47, "IN", "IS_IN 1", "IN 1:mali"),
        .init(47, "IN", "IS_IN", ""),

        .init(48, "IN 1 2", "IS_EX", "EX / until mali"),
        .init(48, "IN 1 2", "IS_EX 3 4", "EX / 3 4 until mali"),
        .init(48, "IN 1 2", "IS_EX 2 3", "EX 2:old / 3 until mali"),
        .init(48, "IN 1 2", "IS_EX 1 2", "EX 1:old 2:old / until mali"),
        .init(48, "IN", "IS_EX", "EX / until mali"),
        .init(48, "IN", "IS_EX 1", "EX / 1 until mali"),

        .init(49, "EX 1 2 / 3 4", "IS_IN", "EX 1:old 2:old / 3 4 until filter"),
        .init(49, "EX 1 2 / 3 4", "IS_IN 5", "EX 1:old 2:old 5:mali / 3 4 until filter"),
        .init(49, "EX 1 2 / 3 4", "IS_IN 1 3 5", "EX 1:mali 2:old 3:mali 5:mali / 4 until filter"),
        .init(49, "EX 1 2 / 3 4", "IS_IN 3 4", "EX 1:old 2:old 3:mali 4:mali / until filter"),

        .init(50, "EX 1 2 / 3 4", "IS_EX", "EX / until mali"),
        .init(50, "EX 1 2 / 3 4", "IS_EX 5 6", "EX 5:mali 6:mali / until mali"),
        .init(50, "EX 1 2 / 3 4", "IS_EX 1 3 5", "EX 1:old 5:mali / 3 until mali"),
        .init(50, "EX 1 2 / 3 4", "IS_EX 1 2", "EX 1:old 2:old / until mali"),
        .init(50, "EX 1 2 / 3 4", "IS_EX 3 4", "EX / 3 4 until mali"),
        .init(50, "EX 1 2 / 3 4", "IS_EX 1 2 3 4", "EX 1:old 2:old / 3 4 until mali"),

        .init(51, "IN 1 2", "ALLOW", "IN 1:old 2:old"),
        .init(51, "IN 1 2", "ALLOW 3 4", "IN 1:old 2:old 3:mali 4:mali"),
        .init(51, "IN 1 2", "ALLOW 2 3", "IN 1:old 2:mali 3:mali"),
        .init(51, "IN 1 2", "ALLOW 1 2", "IN 1:mali 2:mali"),

        .init(52, "IN 1 2", "BLOCK", "IN 1:old 2:old"),
        .init(52, "IN 1 2", "BLOCK 3 4", "IN 1:old 2:old"),
        .init(52, "IN 1 2", "BLOCK 2 3", "IN 1:old 2:llqt", "Q(2)"),
        .init(52, "IN 1 2", "BLOCK 1 2", "IN 1:llqt 2:llqt", "Q(1 2)"),
        .init(52, "IN", "BLOCK 1", ""),

        .init(53, "IN 1 2", "TO_EX", "EX / until mali"),
        .init(53, "IN 1 2", "TO_EX 3 4", "EX / 3 4 until mali"),
        .init(53, "IN 1 2", "TO_EX 2 3", "EX 2:llqt / 3 until mali", "Q(2)"),
        .init(53, "IN 1 2", "TO_EX 1 2", "EX 1:llqt 2:llqt / until mali", "Q(1 2)"),
        .init(53, "IN", "TO_EX 1", "EX / 1 until mali"),

        .init(54, "IN 1 2", "TO_IN", "IN 1:llqt 2:llqt", "Q(1 2)"),
        .init(54, "IN 1 2", "TO_IN 3 4", "IN 1:llqt 2:llqt 3:mali 4:mali", "Q(1 2)"),
        .init(54, "IN 1 2", "TO_IN 2 3", "IN 1:llqt 2:mali 3:mali", "Q(1)"),
        .init(54, "IN 1 2", "TO_IN 1 2", "IN 1:mali 2:mali"),
        .init(54, "IN", "TO_IN 1", "IN 1:mali"),

        .init(55, "EX 1 2 / 3 4", "ALLOW", "EX 1:old 2:old / 3 4 until filter"),
        .init(55, "EX 1 2 / 3 4", "ALLOW 5", "EX 1:old 2:old 5:mali / 3 4 until filter"),
        .init(55, "EX 1 2 / 3 4", "ALLOW 1 3 5", "EX 1:mali 2:old 3:mali 5:mali / 4 until filter"),

        .init(56, "EX 1 2 / 3 4", "BLOCK", "EX 1:old 2:old / 3 4 until filter"),
        .init(56, "EX 1 2 / 3 4", "BLOCK 5 6", "EX 1:old 2:old 5:llqt 6:llqt / 3 4 until filter", "Q(5 6)"),
        .init(56, "EX 1 2 / 3 4", "BLOCK 1 3 5", "EX 1:llqt 2:old 5:llqt / 3 4 until filter", "Q(1 5)"),
        .init(56, "EX 1 2 / 3 4", "BLOCK 1 2", "EX 1:llqt 2:llqt / 3 4 until filter", "Q(1 2)"),
        .init(56, "EX 1 2 / 3 4", "BLOCK 3 4", "EX 1:old 2:old / 3 4 until filter"),

        .init(57, "EX 1 2 / 3 4", "TO_EX", "EX / until mali"),
        .init(57, "EX 1 2 / 3 4", "TO_EX 5 6", "EX 5:llqt 6:llqt / until mali", "Q(5 6)"),
        .init(57, "EX 1 2 / 3 4", "TO_EX 1 3 5", "EX 1:llqt 5:llqt / 3 until mali", "Q(1 5)"),
        .init(57, "EX 1 2 / 3 4", "TO_EX 1 2", "EX 1:llqt 2:llqt / until mali", "Q(1 2)"),
        .init(57, "EX 1 2 / 3 4", "TO_EX 3 4", "EX / 3 4 until mali"),

        .init(58, "EX 1 2 / 3 4", "TO_IN", "EX 1:llqt 2:llqt / 3 4 until llqt", "Q Q(1 2)"),
        .init(58, "EX 1 2 / 3 4", "TO_IN 5", "EX 1:llqt 2:llqt 5:mali / 3 4 until llqt", "Q Q(1 2)"),
        .init(58, "EX 1 2 / 3 4", "TO_IN 1 3 5", "EX 1:mali 2:llqt 3:mali 5:mali / 4 until llqt", "Q Q(2)"),
        .init(58, "EX 1 2 / 3 4", "TO_IN 1 2", "EX 1:mali 2:mali / 3 4 until llqt", "Q"),
        .init(58, "EX /", "TO_IN", "EX / until llqt", "Q"),
    ]

    /// A non-querier sends nothing and lowers nothing; what a source gets as its timer shows.
    static let other: [TransitionCell] = [
        .init(52, "IN 1 2", "BLOCK 2 3", "IN 1:old 2:old"),
        .init(53, "IN 1 2", "TO_EX 2 3", "EX 2:old / 3 until mali"),
        .init(54, "IN 1 2", "TO_IN 2 3", "IN 1:old 2:mali 3:mali"),
        .init(56, "EX 1 2 / 3 4", "BLOCK 1 3 5", "EX 1:old 2:old 5:filter / 3 4 until filter"),
        .init(57, "EX 1 2 / 3 4", "TO_EX 1 3 5", "EX 1:old 5:filter / 3 until mali"),
        .init(58, "EX 1 2 / 3 4", "TO_IN 1 3 5", "EX 1:mali 2:old 3:mali 5:mali / 4 until filter"),
    ]
}

@Suite("The naive model follows the tables of RFC 9777 §7.4")
struct NaiveTransitionTests {
    @Test("A querier's cells", arguments: TransitionCell.querier)
    func querier(cell: TransitionCell) {
        var link = NaiveLink()
        link.make(cell.state)
        link.record(cell.record)
        #expect(link.state == cell.result)
        #expect(link.queries() == cell.queries)
    }

    @Test("A non-querier's cells", arguments: TransitionCell.other)
    func nonQuerier(cell: TransitionCell) {
        var link = NaiveLink()
        link.receive(.query(MLDQuery(maximumResponseDelay: 10_000)), from: router(0x10))
        link.make(cell.state)
        link.record(cell.record)
        #expect(link.state == cell.result)
        #expect(link.queries() == "")
    }

    @Test("Every transition cell is among them", arguments: 47...58)
    func complete(number: Int) {
        #expect(TransitionCell.querier.filter { $0.number == number }.count >= 3)
    }

    @Test("Timers end: a source of INCLUDE goes, one of EXCLUDE is blocked, the filter timer leaves what was asked for")
    func expiry() {
        var link = NaiveLink()
        link.make("IN 1 2")
        link.record("ALLOW 2")
        link.pass(.seconds(261))
        #expect(link.state == "IN 2:mali")
        link.pass(.seconds(9))
        #expect(link.state == "")

        link = NaiveLink()
        link.make("EX 1 2 / 3")
        link.record("IS_EX 1 3 4")
        link.pass(.seconds(261))
        #expect(link.state == "EX 4:mali / 1 3 until mali")
        link.record("BLOCK")
        link.record("ALLOW 3")
        link.pass(.seconds(9))
        #expect(link.state == "IN 3:?")
    }
}
