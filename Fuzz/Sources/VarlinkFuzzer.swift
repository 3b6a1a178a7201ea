import FoundationEssentials
import JSONText
import RouterControl

@testable import Varlink

/// The first two octets say how long messages may be and in what portions the rest arrives. Of even portions at most one
/// message is taken as each comes, as a server does whose clients send calls without waiting.
func fuzzVarlink(_ input: FuzzInput) {
    var input = input
    var framer = MessageFramer(limit: 16 << input.number(below: 8))
    let portion = 1 + Int(input.octet())
    let most = portion.isMultiple(of: 2) ? 1 : Int.max
    let text = input.rest()
    // Cut at once, for comparison.
    var expected = text.split(separator: 0, omittingEmptySubsequences: false).dropLast()[...]
    var rest = text[...]
    do throws(MessageFramer.TooLong) {
        while !rest.isEmpty {
            framer.append(rest.prefix(portion))
            rest = rest.dropFirst(portion)
            try takeMessages(atMost: rest.isEmpty ? Int.max : most, from: &framer, &expected)
        }
    } catch {
        return
    }
    require(expected.isEmpty, "every message comes out")
}

private func takeMessages(
    atMost most: Int, from framer: inout MessageFramer, _ expected: inout ArraySlice<ArraySlice<UInt8>>
) throws(MessageFramer.TooLong) {
    var taken = 0
    while taken < most {
        guard let message = try framer.next() else {
            return require(framer.count <= framer.limit, "no more is held than one message")
        }
        taken += 1
        require(expected.popFirst() == message[...], "portions do not change messages")
        require(message.count <= framer.limit, "no message is longer than allowed")
        fuzzMessage(message)
    }
}

private func fuzzMessage(_ message: [UInt8]) {
    fuzzString(message)
    fuzzAcceptance(message)
    if let call = try? CallMessage(parsing: message) {
        fuzzWritten(ChannelSelection.self, call.parameters)
        fuzzWritten(GroupSelection.self, call.parameters)
        fuzzWritten(ClearSelection.self, call.parameters)
        _ = try? decode(NoParameters.self, from: call.parameters)
        _ = RouterMethod(qualifiedName: call.method)
    }
    if let answer = try? ReplyMessage(parsing: message) {
        let parameters = answer.reply.octets
        fuzzWritten(GroupsReply.self, parameters)
        fuzzWritten(StatisticsReply.self, parameters)
        fuzzWritten(WatchedChannel.self, parameters)
        fuzzWritten(RouterStatus.self, parameters)
    }
}

/// What Foundation reads as a call is taken as one. Left out are names with escapes, which are not known here, names
/// given twice, of which Foundation takes the first, and commas behind the last member, which are no JSON.
private func fuzzAcceptance(_ message: [UInt8]) {
    guard !message.contains(UInt8(ascii: "\\")), let theirs = try? decode(ReferenceCall.self, from: message) else {
        return
    }
    var isAfterComma = false
    for octet in message where octet > 0x20 {
        if isAfterComma && (octet == UInt8(ascii: "}") || octet == UInt8(ascii: "]")) { return }
        isAfterComma = octet == UInt8(ascii: ",")
    }
    let text = String(decoding: message, as: UTF8.self)
    for name in ["method", "parameters", "oneway", "more", "upgrade"]
    where text.split(separator: "\"\(name)\"", omittingEmptySubsequences: false).count > 2 { return }
    do throws(VarlinkError) {
        let ours = try CallMessage(parsing: message)
        require(ours.method == theirs.method, "a call of the same method")
    } catch {
        require("\(error)".contains("nested deeper"), "\(error): Foundation takes it as a call of \(theirs.method)")
    }
}

private struct ReferenceCall: Decodable {
    struct AnyValue: Decodable {
        init(from decoder: any Decoder) {}
    }

    var method: String
    var parameters: [String: AnyValue]?
    var oneway: Bool?
    var more: Bool?
    var upgrade: Bool?
}

/// What can be decoded can be written and decoded again.
private func fuzzWritten<T: Decodable & JSONWritable>(_ type: T.Type, _ octets: [UInt8]) {
    guard let value = try? decode(type, from: octets) else { return }
    let text = JSONWriter.octets(of: value)
    require((try? decode(type, from: text)) != nil, "\(type) written can be read")
}

/// A JSON string means what Foundation takes it for, and can be written.
private func fuzzString(_ text: [UInt8]) {
    guard text.first == UInt8(ascii: "\"") else { return }
    let ours = String(jsonText: text[...])
    let theirs = text.last == UInt8(ascii: "\"") ? try? JSONDecoder().decode(String.self, from: Data(text)) : nil
    require(theirs == nil || ours == theirs, "a string is read as Foundation reads it")
    guard let ours else { return }
    // Foundation refuses what is no Unicode; here it is replaced.
    require(theirs != nil || ours.unicodeScalars.contains("\u{fffd}"), "only well-formed strings are read")
    let written = JSONWriter.octets(of: ours)
    require(String(jsonText: written[...]) == ours, "a string written and read is the same")
    require((try? JSONDecoder().decode(String.self, from: Data(written))) == ours, "a string is written as JSON")
}
