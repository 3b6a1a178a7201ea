import JSONText
import Testing

@Suite struct JSONStringTests {
    @Test(
        "A JSON string is read with its escapes",
        arguments: [
            (#""""#, ""), (#""io.lcroute.Router""#, "io.lcroute.Router"), (#""a\"b\\\/c""#, #"a"b\/c"#),
            (#""\n\t\r\b\f""#, "\n\t\r\u{8}\u{c}"), (#""\u00e9\ud83d\ude00x""#, "é😀x"), (#""\ud83d""#, "\u{fffd}"),
            ("\"é😀\"", "é😀"),
        ])
    func good(text: String, value: String) {
        #expect(String(jsonText: Array(text.utf8)[...]) == value)
    }

    @Test(
        "What is no JSON string is none",
        arguments: [
            "", "\"", "x", "null", #""a"b""#, #""\"#, #""\""#, #""\x""#, #""\u12""#, #""\u12g4""#, #""\u+061""#,
            "\"\n\"",
        ])
    func bad(text: String) {
        #expect(String(jsonText: Array(text.utf8)[...]) == nil)
    }
}
