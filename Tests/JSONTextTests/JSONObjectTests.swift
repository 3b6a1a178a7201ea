import JSONText
import Testing

@Suite struct JSONObjectTests {
    private func member(_ name: String, of text: String) throws -> String? {
        try JSONObject(parsing: Array(text.utf8))[name].map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "The text of a value is found as it stands",
        arguments: [
            (#"{"a":1}"#, "1"), (#" { "a" : [ 1 , {"b":"]}"} ] , "c":2 } "#, #"[ 1 , {"b":"]}"} ]"#),
            (#"{"a":"x\"}"}"#, #""x\"}""#), (#"{"c":{"a":1},"a":null}"#, "null"), (#"{"a":1,"a":2}"#, "2"),
            ("{\"a\":\ttrue\n}", "true"),
        ])
    func values(text: String, value: String) throws {
        #expect(try member("a", of: text) == value)
    }

    @Test("An empty object has no members")
    func empty() throws { #expect(try member("a", of: "{}") == nil) }

    @Test(
        "What is not one object is refused",
        arguments: [
            "", " ", "[]", "1", "{", "}", #"{"a"}"#, #"{"a":}"#, #"{"a":1"#, #"{"a":1,}"#, #"{"a":[}"#, #"{"a":[1}}"#,
            #"{"a":"x}"#,
            #"{"a":1}}"#, #"{"a":1} x"#, #"{a:1}"#, #"{"a":1 "b":2}"#, #"{"a":,"b":2}"#, #"{"a":"\"#,
        ])
    func malformed(text: String) {
        #expect(throws: JSONObject.Malformed.self) { try JSONObject(parsing: Array(text.utf8)) }
    }

    @Test("Nesting is accepted up to the bound and refused beyond, however deep")
    func depth() throws {
        func nested(_ levels: Int) -> [UInt8] {
            let lists = levels - 1
            return Array(#"{"a":"#.utf8) + Array(repeating: 0x5b, count: lists) + Array(repeating: 0x5d, count: lists)
                + Array("}".utf8)
        }
        #expect(
            try JSONObject(parsing: nested(JSONObject.maximumDepth))["a"]?.count == 2 * (JSONObject.maximumDepth - 1))
        for levels in [JSONObject.maximumDepth + 1, 70, 100_000] {
            #expect(throws: JSONObject.Malformed.self) { try JSONObject(parsing: nested(levels)) }
        }
    }
}
