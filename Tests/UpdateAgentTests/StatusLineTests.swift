import Testing

@testable import lcupdate

@Suite("The line of a terminal that shows progress")
struct StatusLineTests {
    @Test("A log line goes above it, and none begins in the middle of another")
    func above() throws {
        let terminal = try Terminal(columns: 80)
        let line = StatusLine(on: terminal.slave.number)
        line.write(line: "before\n")
        line.show("waiting")
        line.write(line: "warning\n")
        line.show("10 %")
        line.end(with: "complete")
        line.write(line: "after\n")
        try eventually { terminal.lines.last == "" && terminal.lines.contains("after") }
        #expect(terminal.lines == ["before", "warning", "complete", "after", ""])
        #expect(terminal.erased == ["waiting", "waiting", "10 %"])
    }

    @Test("It is never longer than a line, also when the window becomes narrower")
    func narrow() throws {
        let terminal = try Terminal(columns: 20)
        let line = StatusLine(on: terminal.slave.number)
        line.show("a text of more than twenty characters")
        try terminal.resize(columns: 10)
        line.write(line: "a log line of more than ten\n")
        line.clear()
        try eventually { terminal.erased.count == 2 }
        #expect(terminal.erased == ["a text of more tha…", "a text o…"])
        #expect(terminal.lines == ["a log line of more than ten", ""])
    }

    @Test("A text is cut where the line ends", arguments: [(5, "12345"), (4, "123…"), (1, "…"), (0, ""), (-1, "")])
    func cut(columns: Int, expected: String) {
        #expect(StatusLine.prefix(of: "12345", columns: columns) == expected)
    }
}
