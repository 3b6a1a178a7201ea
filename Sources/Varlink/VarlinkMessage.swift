import FoundationEssentials
import JSONText

/// A call as it is on the wire: `{"method":…,"parameters":{…},"oneway":true,"more":true}`.
struct CallMessage {
    var method: String
    /// JSON text of an object.
    var parameters: [UInt8]
    var oneway: Bool
    var more: Bool
    var upgrade: Bool

    init(parsing octets: [UInt8]) throws(VarlinkError) {
        let object = try object(octets)
        guard let name = object["method"] else { throw .malformed("a call without a method") }
        guard let method = String(jsonText: name) else { throw .malformed("a method that is not a string") }
        self.method = method
        parameters = try parametersText(object)
        oneway = try flag("oneway", of: object)
        more = try flag("more", of: object)
        upgrade = try flag("upgrade", of: object)
    }

    /// A message to send, with its NUL.
    static func octets(method: String, parameters: some JSONWritable, more: Bool) -> [UInt8] {
        message { json in
            json.member("method", method)
            json.member("parameters", parameters)
            if more { json.member("more", true) }
        }
    }
}

/// A reply as it is on the wire: `{"parameters":{…},"continues":true,"error":…}`.
struct ReplyMessage {
    var error: String?
    var reply: VarlinkReply

    init(parsing octets: [UInt8]) throws(VarlinkError) {
        let object = try object(octets)
        if let name = object["error"], Array(name) != Array("null".utf8) {
            guard let text = String(jsonText: name) else { throw .malformed("an error that is not a string") }
            error = text
        }
        reply = VarlinkReply(octets: try parametersText(object), continues: try flag("continues", of: object))
    }

    /// A message to send, with its NUL.
    static func octets(parameters: some JSONWritable, continues: Bool = false, error: String? = nil) -> [UInt8] {
        message { json in
            if let error { json.member("error", error) }
            json.member("parameters", parameters)
            if continues { json.member("continues", true) }
        }
    }
}

/// Decodes JSON text whose nesting has been checked.
func decode<T: Decodable>(_ type: T.Type, from octets: [UInt8]) throws(VarlinkError) -> T {
    do {
        return try JSONDecoder().decode(type, from: Data(octets))
    } catch let error as DecodingError {
        throw .unexpected(member: error.member, reason: error.reason)
    } catch {
        throw .malformed("\(error)")
    }
}

private func message(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
    var json = JSONWriter(reservingCapacity: 256)
    json.object(members)
    var octets = json.octets
    octets.append(0)
    return octets
}

private func object(_ octets: [UInt8]) throws(VarlinkError) -> JSONObject {
    do { return try JSONObject(parsing: octets) } catch { throw .malformed(error.description) }
}

private func parametersText(_ object: JSONObject) throws(VarlinkError) -> [UInt8] {
    guard let text = object["parameters"], text.first != UInt8(ascii: "n") else { return Array("{}".utf8) }
    guard text.first == UInt8(ascii: "{") else { throw .malformed("parameters that are not an object") }
    return Array(text)
}

private func flag(_ name: String, of object: JSONObject) throws(VarlinkError) -> Bool {
    guard let text = object[name].map(Array.init) else { return false }
    if text == Array("true".utf8) { return true }
    if text == Array("false".utf8) || text == Array("null".utf8) { return false }
    throw .malformed("\(name) is neither true nor false")
}

extension DecodingError {
    /// The member that is wrong, as a path with dots.
    fileprivate var member: String {
        var path = context.codingPath
        if case .keyNotFound(let key, _) = self { path.append(key) }
        return path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }

    fileprivate var reason: String {
        switch self {
        case .keyNotFound: "missing"
        case .typeMismatch(let type, _): "expected \(type)"
        case .valueNotFound(let type, _): "expected \(type), not null"
        default: context.debugDescription
        }
    }

    private var context: Context {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            context
        @unknown default: Context(codingPath: [], debugDescription: "not the expected JSON")
        }
    }
}
