import JSONText
import Testing

@Suite struct JSONWriterTests {
    private struct Point: JSONWritable {
        var x: Int?
        var names: [String]
        func write(to json: inout JSONWriter) {
            json.object { json in
                json.member("x", x)
                json.member("names", names)
            }
        }
    }

    @Test("Members keep their order, nil is null, an empty list is []")
    func order() {
        #expect(JSONWriter.text(of: Point(x: nil, names: [])) == #"{"x":null,"names":[]}"#)
        #expect(
            JSONWriter.text(of: [Point(x: -3, names: ["a", "b"]), Point(x: 0, names: [])])
                == #"[{"x":-3,"names":["a","b"]},{"x":0,"names":[]}]"#)
    }

    @Test("A list written bit by bit reads as if written at once")
    func listInPieces() {
        var list = JSONListText()
        #expect(JSONWriter.text(of: list) == "[]")
        list.append(Point(x: 1, names: []))
        list.append(Point(x: nil, names: ["a"]))
        #expect(JSONWriter.text(of: list) == #"[{"x":1,"names":[]},{"x":null,"names":["a"]}]"#)
    }

    @Test(
        "Strings are escaped where JSON demands it and nowhere else",
        arguments: [
            ("plain", #""plain""#), ("a\"b\\c", #""a\"b\\c""#), ("\n\t\r", #""\n\t\r""#),
            ("\u{1}\u{1f}", #""\u0001\u001f""#),
            ("/ü😀\u{7f}", "\"/ü😀\u{7f}\""), ("", #""""#),
        ])
    func strings(value: String, text: String) {
        #expect(JSONWriter.text(of: value) == text)
    }

    @Test(
        "Numbers are the shortest that read back the same; what JSON cannot say is null",
        arguments: [
            (0.0, "0"), (-0.5, "-0.5"), (125, "125"), (0.1, "0.1"), (1e300, "1e+300"), (.infinity, "null"),
            (.nan, "null"),
        ])
    func numbers(value: Double, text: String) {
        #expect(JSONWriter.text(of: value) == text)
    }

    @Test(
        "Six decimals are enough for a time",
        arguments: [
            (12.345, "12.345"), (0.1 + 0.2, "0.3"), (0.000_000_4, "0"), (-1.5, "-1.5"),
            (1_790_000_000.25, "1790000000.25"),
            (0.000_001, "0.000001"), (100, "100"), (1e300, "1e+300"), (.nan, "null"), (-.infinity, "null"),
        ])
    func sixDecimals(value: Double, text: String) {
        var json = JSONWriter()
        json.number(toSixDecimals: value)
        #expect(String(decoding: json.octets, as: UTF8.self) == text)
    }

    @Test("The ends of the integer range are written in full")
    func integers() {
        #expect(JSONWriter.text(of: Int.min) == "-9223372036854775808")
        #expect(JSONWriter.text(of: UInt64.max) == "18446744073709551615")
    }
}
