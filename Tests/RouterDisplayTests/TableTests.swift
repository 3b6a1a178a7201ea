import Testing

@testable import RouterDisplay

@Suite struct TableTests {
    @Test("Columns are as wide as their widest cell, numbers stand at the right, nothing trails")
    func alignment() {
        var table = Table(["NAME", .number("COUNT"), "NOTE"])
        table.add(["lan0", "7", "x"])
        table.add(["a-longer-name", "123456", ""])
        table.add(["ü"])
        #expect(
            table.text == """
                NAME            COUNT  NOTE
                lan0                7  x
                a-longer-name  123456  -
                ü                   -  -

                """)
    }

    @Test("A table without rows is its headings")
    func empty() { #expect(Table(["A", "B"]).text == "A  B\n") }

    @Test("Names and values line up")
    func list() {
        #expect(Table.list([("a", "1"), ("long name", "")]) == "a          1\nlong name  -\n")
    }

    @Test("A cell cannot break its line or give the terminal orders")
    func control() {
        var table = Table(["A"])
        table.add(["x\u{1b}[2J\ny\u{9b}"])
        #expect(table.text == "A\nx?[2J?y?\n")
    }

    @Test(
        "Times are in the two largest units",
        arguments: [
            (nil, "-"), (0, "0s"), (0.000_000_3, "0s"), (0.000_312, "312µs"), (0.001_54, "1.5ms"), (0.25, "250ms"),
            (0.999_99, "1s"),
            (1.04, "1s"), (9.5, "9.5s"), (9.96, "10s"), (59.4, "59s"), (59.6, "1m00s"), (252, "4m12s"),
            (3599.9, "1h00m"),
            (11_100, "3h05m"), (198_000, "2d07h"), (-2.5, "-2.5s"), (.nan, "-"), (.infinity, "-"), (1e300, "-"),
        ] as [(Double?, String)])
    func times(seconds: Double?, text: String) {
        #expect(HumanTime(seconds).description == text)
    }
}
