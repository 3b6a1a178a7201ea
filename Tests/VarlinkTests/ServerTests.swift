import EventLoop
import Glibc
import Testing

@testable import Varlink

@Suite struct ServerTests {
    @Test(
        "A call is answered with exactly this",
        arguments: [
            (
                #"{"method":"org.varlink.service.GetInfo"}"#,
                #"{"parameters":{"vendor":"Unit","product":"Test","version":"1","url":"https://example.org","interfaces":["org.varlink.service","test.unit"]}}"#
            ),
            (
                #"{"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":"test.unit"}}"#,
                #"{"parameters":{"description":"interface test.unit\n"}}"#
            ),
            (
                #"{"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":"x.y"}}"#,
                #"{"error":"org.varlink.service.InterfaceNotFound","parameters":{"interface":"x.y"}}"#
            ),
            (
                #"{"method":"org.varlink.service.GetInterfaceDescription"}"#,
                #"{"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"interface"}}"#
            ),
            (
                #"{"method":"org.varlink.service.Nonsense"}"#,
                #"{"error":"org.varlink.service.MethodNotFound","parameters":{"method":"org.varlink.service.Nonsense"}}"#
            ),
            (
                #"{"method":"no.such.Method"}"#,
                #"{"error":"org.varlink.service.InterfaceNotFound","parameters":{"interface":"no.such"}}"#
            ),
            (#"{"method":"x"}"#, #"{"error":"org.varlink.service.InterfaceNotFound","parameters":{"interface":""}}"#),
            (
                #"{"method":"test.unit.Nonsense"}"#,
                #"{"error":"org.varlink.service.MethodNotFound","parameters":{"method":"test.unit.Nonsense"}}"#
            ),
            (
                #"{"method":"test.unit.Echo","parameters":{"text":"a\u0000\"b"}}"#,
                #"{"parameters":{"text":"a\u0000\"b"}}"#
            ),
            (
                #"{"method":"test.unit.Echo","parameters":{"text":1}}"#,
                #"{"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"text"}}"#
            ),
            (
                #"{"method":"test.unit.Echo","parameters":null}"#,
                #"{"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"text"}}"#
            ),
            (#"{"method":"test.unit.Nothing","parameters":{}}"#, #"{"parameters":{}}"#),
            (#"{"method":"test.unit.Fail"}"#, #"{"error":"test.unit.Sorry","parameters":{"text":"no"}}"#),
            (
                #"{"method":"test.unit.Count","parameters":{"number":2}}"#,
                #"{"error":"org.varlink.service.ExpectedMore","parameters":{}}"#
            ),
        ])
    func answers(call: String, answer: String) throws {
        let service = try TestService()
        let client = try RawClient(service.path)
        client.send(call)
        #expect(client.receive() == answer)
    }

    @Test("Calls sent together are answered in order, and so are calls that come octet by octet")
    func pipelined() throws {
        let service = try TestService()
        let client = try RawClient(service.path)
        let texts = (0..<500).map { #"{"method":"test.unit.Echo","parameters":{"text":"\#($0)"}}"# }
        client.send(texts.flatMap { Array($0.utf8) + [0] })
        for number in 0..<500 { #expect(client.receive() == #"{"parameters":{"text":"\#(number)"}}"#) }
        for octet in Array(texts[7].utf8) + [0] { client.send([octet]) }
        #expect(client.receive() == #"{"parameters":{"text":"7"}}"#)
    }

    @Test("A oneway call is done and not answered")
    func oneway() throws {
        let service = try TestService()
        let client = try RawClient(service.path)
        client.send(
            #"{"method":"test.unit.Echo","parameters":{"text":"quiet"},"oneway":true}"#,
            #"{"method":"test.unit.Echo","parameters":{"text":"loud"}}"#)
        #expect(client.receive() == #"{"parameters":{"text":"loud"}}"#)
        #expect(service.observed.value.withLock { $0.oneway } == ["quiet"])
    }

    @Test("A oneway call counts even if the client has gone at once")
    func onewayAndGone() throws {
        let service = try TestService()
        do {
            let client = try RawClient(service.path)
            client.send(#"{"method":"test.unit.Echo","parameters":{"text":"bye"},"oneway":true}"#)
        }
        #expect(eventually { service.observed.value.withLock { $0.oneway } == ["bye"] })
    }

    @Test("With more, a method answers many times; the last reply does not continue")
    func more() throws {
        let service = try TestService()
        let client = try RawClient(service.path)
        client.send(#"{"method":"test.unit.Count","parameters":{"number":3},"more":true}"#)
        #expect(client.receive() == #"{"parameters":{"number":1},"continues":true}"#)
        #expect(client.receive() == #"{"parameters":{"number":2},"continues":true}"#)
        #expect(client.receive() == #"{"parameters":{"number":3}}"#)
    }

    @Test("A client that has closed its half still gets its answers")
    func halfClosed() throws {
        let service = try TestService()
        let client = try RawClient(service.path)
        client.send(
            #"{"method":"test.unit.Large","parameters":{"number":3000000}}"#, #"{"method":"test.unit.Nothing"}"#)
        client.finishSending()
        #expect(client.receive()?.utf8.count == 3_000_000 + #"{"parameters":{"text":""}}"#.utf8.count)
        #expect(client.receive() == #"{"parameters":{}}"#)
        #expect(client.receive() == nil)
    }

    @Test("Many calls whose replies nobody reads make the service hold one reply, not all of them")
    func unreadReplies() throws {
        let service = try TestService()
        let client = try RawClient(service.path)
        let call = Array(#"{"method":"test.unit.Large","parameters":{"number":2000000}}"#.utf8) + [0]
        let calls = [UInt8]((0..<50).map { _ in call }.joined())
        client.send(calls)
        let other = try VarlinkConnection(path: service.path)
        #expect(try other.call("test.unit.WhoAmI", NoMembers()).decode(Number.self).number == Int(getpid()))
        for _ in 0..<50 { #expect(client.receive()?.utf8.count == 2_000_026) }
    }

    @Test("A stream that is held open does not hold up another client, and its end is told")
    func twoClients() throws {
        let service = try TestService()
        var holder: RawClient? = try RawClient(service.path)
        holder?.send(#"{"method":"test.unit.Hold","more":true}"#)
        #expect(holder?.receive() == #"{"parameters":{"number":0},"continues":true}"#)
        let other = try VarlinkConnection(path: service.path)
        #expect(try other.call("test.unit.Echo", Text(text: "hello")).decode(Text.self).text == "hello")
        #expect(service.observed.value.withLock { $0.ended.isEmpty })
        holder = nil
        #expect(eventually { service.observed.value.withLock { $0.ended } == ["Hold"] })
    }

    @Test("A server that goes without being closed takes its connections along")
    func dropped() throws {
        let directory = try TemporaryDirectory()
        let loop = try EpollLoop()
        var server: VarlinkServer? = try VarlinkServer(
            path: directory.path + "/socket", mode: 0o600, group: nil, service: TestService.info, on: loop
        ) { _ in loop.stop() }
        let client = try RawClient(directory.path + "/socket")
        client.send(#"{"method":"test.unit.Hold","more":true}"#)
        try loop.run()
        #expect(server?.connections == 1)
        server = nil
        #expect(client.receive() == nil)
    }

    @Test("A reply does not begin the next call inside of whatever answers")
    func noCallInsideOfAReply() throws {
        let service = try TestService()
        let clients = try (0..<3).map { _ in try RawClient(service.path) }
        for client in clients {
            client.send(#"{"method":"test.unit.Park"}"#, #"{"method":"test.unit.Echo","parameters":{"text":"next"}}"#)
        }
        // Parked for certain: each session has at most one call open, and Connections is begun after them.
        #expect(try service.otherConnections() == 3)
        let other = try RawClient(service.path)
        other.send(#"{"method":"test.unit.Answer"}"#, #"{"method":"test.unit.Nothing"}"#)
        #expect(other.receive() == #"{"parameters":{}}"#)
        #expect(other.receive() == #"{"parameters":{}}"#)
        for client in clients {
            #expect(client.receive() == #"{"parameters":{}}"#)
            #expect(client.receive() == #"{"parameters":{"text":"next"}}"#)
        }
        #expect(service.observed.value.withLock { $0.nested } == 0)
    }

    @Test(
        "The owner of a call is told of its end exactly once, whatever ended it",
        arguments: [
            #"{"method":"test.unit.Count","parameters":{"number":2},"more":true}"#,  // its last reply
            #"{"method":"test.unit.Fail","more":true}"#,
            #"{"method":"test.unit.TooSlow","more":true}"#,
            #"{"method":"test.unit.Flood","parameters":{"number":1},"more":true}"#,  // too slow for the service
            #"{"method":"test.unit.Nothing","more":true,"oneway":true}"#,
            #"{"method":"test.unit.Hold","more":true}"#,  // the client leaves
        ])
    func endIsTold(call: String) throws {
        let service = try TestService()
        var client: RawClient? = try RawClient(service.path)
        client?.send(call)
        if call.contains("Hold") {
            #expect(client?.receive() != nil)
            client = nil
        }
        #expect(eventually { !service.observed.value.withLock { $0.ended.isEmpty } })
        client = nil
        #expect(eventually { (try? service.otherConnections()) == 0 })
        #expect(service.observed.value.withLock { $0.ended.count } == 1)
    }

    @Test("A server that is closed tells the owners of open calls")
    func endByTheServer() throws {
        let service = try TestService()
        let client = try RawClient(service.path)
        client.send(#"{"method":"test.unit.Hold","more":true}"#)
        #expect(client.receive() != nil)
        let other = try RawClient(service.path)
        other.send(#"{"method":"test.unit.Close"}"#)
        #expect(other.receive() == nil)
        #expect(client.receive() == nil)
        #expect(eventually { service.observed.value.withLock { $0.ended } == ["Hold"] })
    }

    @Test("Calls that a client sent before it left are begun, however many")
    func pipelinedAndGone() throws {
        let service = try TestService()
        do {
            let client = try RawClient(service.path)
            let calls = (0..<1000).map { number in
                Array(#"{"method":"test.unit.Echo","parameters":{"text":"\#(number)"},"oneway":true}"#.utf8) + [0]
            }
            client.send(Array(#"{"method":"test.unit.Nothing"}"#.utf8) + [0] + calls.joined())
        }
        #expect(eventually { service.observed.value.withLock { $0.oneway.count } == 1000 })
        #expect(service.observed.value.withLock { $0.oneway } == (0..<1000).map(String.init))
    }
}
