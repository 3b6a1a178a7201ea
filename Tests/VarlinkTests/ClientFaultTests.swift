import Glibc
import Synchronization
import Testing

@testable import Varlink

/// A client cannot stop the loop, whatever it does and however it leaves.
@Suite struct ClientFaultTests {
    enum Leaving: CaseIterable {
        case closed, shutDown, half, receivingOnly
    }

    @Test(
        "A client that pipelines calls, reads nothing and leaves does not hold up the loop", arguments: Leaving.allCases
    )
    func pipelinedAndGone(leaving: Leaving) throws {
        let service = try TestService()
        let call = Array(#"{"method":"test.unit.Large","parameters":{"number":300}}"#.utf8) + [0]
        // More than service and sockets hold: sending ends when the service has paused.
        let calls = [UInt8]((0..<8000).map { _ in call }.joined())
        var clients: [RawClient] = []
        for _ in 0..<2 {
            let client = try RawClient(service.path)
            client.send(calls, patience: .milliseconds(100))
            switch leaving {
            case .closed: continue
            case .shutDown: client.shutDown(SHUT_RDWR)
            case .half: client.shutDown(SHUT_WR)
            case .receivingOnly: client.shutDown(SHUT_RD)
            }
            clients.append(client)
        }
        let other = try VarlinkConnection(path: service.path)
        #expect(try other.call("test.unit.Echo", Text(text: "alive")).decode(Text.self).text == "alive")
        clients = []
        #expect(eventually { (try? service.otherConnections()) == 1 })  // `other`
    }

    @Test("Two thousand unruly clients, several at once, leave nothing behind", arguments: [1, 2])
    func unruly(seed: UInt64) throws {
        var limits = VarlinkServer.Limits()
        limits.subscriberBacklog = 1 << 20
        let service = try TestService(limits: limits)
        let path = service.path
        let refused = Mutex(0)
        onThreads(4) { number in
            var client = UnrulyClient(path, seed: seed &* 1000 &+ UInt64(number))
            for _ in 0..<250 where !client.visit() {
                refused.withLock { $0 += 1 }
                return
            }
        }
        #expect(refused.withLock { $0 } == 0, "connections were accepted to the end")
        let other = try VarlinkConnection(path: path)
        #expect(try other.call("test.unit.Echo", Text(text: "alive")).decode(Text.self).text == "alive")
        #expect(eventually { (try? service.otherConnections()) == 1 })
    }
}
