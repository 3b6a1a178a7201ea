import EventLoop
import Glibc
import Testing

@testable import Varlink

/// What clients that mean ill, or do not read, can make a server do.
@Suite struct ServerBoundsTests {
    @Test(
        "What is not a call ends the connection and nothing else",
        arguments: [
            "garbage", "", "[]", "{}", #"{"method":1}"#, #"{"method":"a.b","parameters":[]}"#,
            #"{"method":"a.b","more":"yes"}"#,
            #"{"method":"a.b""#, "\u{1}\u{2}", #"{"a":"# + String(repeating: "[", count: 50_000),
            #"{"a":"# + String(repeating: "[", count: 20_000) + String(repeating: "]", count: 20_000) + "}",
            #"{"method":"a.b","parameters":"# + String(repeating: #"{"a":"#, count: 5000) + "1"
                + String(repeating: "}", count: 5001),
        ])
    func garbage(message: String) throws {
        let service = try TestService()
        let client = try RawClient(service.path)
        client.send(message)
        #expect(client.receive() == nil)
        let incidents = service.observed.value.withLock { $0.incidents }
        #expect(incidents.count == 1)
        guard case (.malformed, let peer)? = incidents.first else {
            Issue.record("\(incidents)")
            return
        }
        #expect(peer.pid == getpid())
        #expect(peer.uid == getuid())
        let other = try VarlinkConnection(path: service.path)
        #expect(try other.call("test.unit.Echo", Text(text: "alive")).decode(Text.self).text == "alive")
    }

    @Test("Octets that are not UTF-8 are refused, not misread")
    func notUTF8() throws {
        let service = try TestService()
        let client = try RawClient(service.path)
        client.send(
            Array(#"{"method":"test.unit.Echo","parameters":{"text":""#.utf8) + [0xff, 0xc0] + Array(#""}}"#.utf8) + [0]
        )
        #expect(
            client.receive()
                == #"{"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"parameters"}}"#)
    }

    @Test("A call longer than 64 KiB ends the connection, with a NUL or without", arguments: [true, false])
    func tooLong(terminated: Bool) throws {
        let service = try TestService()
        let client = try RawClient(service.path)
        client.send(Array(repeating: 0x20, count: 65537 + 70_000) + (terminated ? [0] : []))
        #expect(client.receive() == nil)
        #expect(service.observed.value.withLock { $0.incidents.map(\.0) } == [.messageTooLong])
    }

    @Test("A call of exactly 64 KiB is taken")
    func longest() throws {
        let service = try TestService()
        let client = try RawClient(service.path)
        let call = Array(#"{"method":"test.unit.Nothing"}"#.utf8)
        client.send(Array(repeating: 0x20, count: 65536 - call.count) + call + [0])
        #expect(client.receive() == #"{"parameters":{}}"#)
    }

    @Test(
        "A subscriber that does not read is ended at the bound, wherever the snapshot ends", arguments: [0, 3_000_000])
    func tooSlow(snapshot: Int) throws {
        var limits = VarlinkServer.Limits()
        limits.subscriberBacklog = 1 << 20
        let service = try TestService(limits: limits)
        let slow = try RawClient(service.path)
        slow.send(#"{"method":"test.unit.Flood","parameters":{"number":\#(snapshot)},"more":true}"#)
        #expect(eventually { service.observed.value.withLock { $0.ended } == ["Flood"] })
        let seen = service.observed.value.withLock { $0 }
        #expect(seen.incidents.map(\.0) == [.subscriberTooSlow(method: "test.unit.Flood")])
        #expect(seen.incidents.map(\.1.pid) == [getpid()])
        #expect(seen.longestQueue <= snapshot + limits.subscriberBacklog + 4096)
        #expect(seen.longestQueue > limits.subscriberBacklog / 2)
        // What it reads at last is without gaps up to the error, which is the last thing.
        var last = slow.receive()
        #expect(last?.utf8.count == snapshot + #"{"parameters":{"text":""},"continues":true}"#.utf8.count)
        var number = 0
        while let message = slow.receive() {
            last = message
            if message.hasPrefix(#"{"error""#) { continue }
            number += 1
            #expect(message.hasPrefix(#"{"parameters":{"text":"\#(number) "#))
        }
        #expect(last == #"{"error":"test.unit.SubscriberTooSlow","parameters":{}}"#)
    }

    @Test("A subscriber that does not read costs the others nothing")
    func tooSlowAndOthers() throws {
        let service = try TestService()
        let slow = try RawClient(service.path)
        slow.send(#"{"method":"test.unit.Flood","parameters":{"number":10},"more":true}"#)
        let other = try VarlinkConnection(path: service.path)
        #expect(try other.call("test.unit.Echo", Text(text: "here")).decode(Text.self).text == "here")
        #expect(eventually { service.observed.value.withLock { $0.ended } == ["Flood"] })
    }

    @Test("Beyond the bound of all clients the one that has not read for longest is dropped")
    func totalBacklog() throws {
        var limits = VarlinkServer.Limits()
        limits.totalBacklog = 8 << 20
        let service = try TestService(limits: limits)
        let clients = try (0..<3).map { _ in try RawClient(service.path) }
        for client in clients {
            client.send(
                #"{"method":"test.unit.Large","parameters":{"number":5000000}}"#, #"{"method":"test.unit.Hold"}"#)
            usleep(20_000)
        }
        #expect(eventually { service.observed.value.withLock { $0.incidents.count } == 2 })
        #expect((clients[2].receive()?.utf8.count ?? 0) > 5_000_000)
        while clients[0].receive() != nil { Issue.record("a whole reply") }
    }

    @Test("One connection too many is told so and closed; when one has gone there is room again")
    func tooMany() throws {
        var limits = VarlinkServer.Limits()
        limits.connections = 2
        limits.reservedForRoot = 0
        let service = try TestService(limits: limits)
        var clients = try (0..<2).map { _ in try RawClient(service.path) }
        for client in clients {
            client.send(#"{"method":"test.unit.Nothing"}"#)
            #expect(client.receive() == #"{"parameters":{}}"#)
        }
        let refused = try RawClient(service.path)
        #expect(refused.receive() == #"{"error":"test.unit.TooManyConnections","parameters":{}}"#)
        #expect(refused.receive() == nil)
        #expect(service.observed.value.withLock { $0.incidents.map(\.0) } == [.tooManyConnections])
        clients.removeLast()
        #expect(
            eventually {
                guard let client = try? RawClient(service.path) else { return false }
                client.send(#"{"method":"test.unit.Nothing"}"#)
                return client.receive() == #"{"parameters":{}}"#
            })
    }

    @Test("A client that waits for its answer, and one on a loop, read why they were refused")
    func refusedClients() throws {
        var limits = VarlinkServer.Limits()
        limits.connections = 0
        let service = try TestService(limits: limits)
        for _ in 0..<50 {  // before or after the service has closed
            #expect {
                try VarlinkConnection(path: service.path).call("test.unit.Nothing", NoMembers())
            } throws: { error in
                guard case .replied("test.unit.TooManyConnections", _)? = error as? VarlinkError else { return false }
                return true
            }
            let loop = try EpollLoop()
            var end: VarlinkStreamEnd?
            let stream = try VarlinkStream(
                path: service.path, method: "test.unit.Hold", parameters: NoMembers(), on: loop, onReply: { _ in },
                onEnd: {
                    end = $0
                    loop.stop()
                })
            try loop.run()
            #expect(!stream.isOpen)
            guard case .error("test.unit.TooManyConnections", _)? = end else {
                Issue.record("\(String(describing: end))")
                return
            }
        }
    }

    @Test("Where there is no room an idle client makes it, but none with an open call", arguments: [true, false])
    func idle(hasOpenCall: Bool) throws {
        var limits = VarlinkServer.Limits()
        limits.connections = 1
        limits.reservedForRoot = 0
        limits.idleTime = .zero
        let service = try TestService(limits: limits)
        let first = try RawClient(service.path)
        first.send(hasOpenCall ? #"{"method":"test.unit.Hold","more":true}"# : #"{"method":"test.unit.Nothing"}"#)
        #expect(first.receive()?.hasPrefix(#"{"parameters":"#) == true)
        let second = try RawClient(service.path)
        second.send(#"{"method":"test.unit.Nothing"}"#)
        if hasOpenCall {
            #expect(second.receive() == #"{"error":"test.unit.TooManyConnections","parameters":{}}"#)
        } else {
            #expect(second.receive() == #"{"parameters":{}}"#)
            #expect(first.receive() == nil)
        }
    }
}
