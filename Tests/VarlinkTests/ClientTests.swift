import EventLoop
import Glibc
import JSONText
import LinuxSystem
import Synchronization
import Testing

@testable import Varlink

@Suite struct ClientTests {
    @Test("A socket that is not there is unreachable, and says why")
    func unreachable() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/socket"
        #expect(throws: VarlinkError.unreachable(path: path, SystemError("connect \(path)", errno: ENOENT))) {
            try VarlinkConnection(path: path)
        }
    }

    @Test("A reply of 10 MB arrives whole")
    func large() throws {
        let service = try TestService()
        let connection = try VarlinkConnection(path: service.path)
        let reply = try connection.call("test.unit.Large", Number(number: 10_000_000))
        #expect(reply.octets.count == 10_000_011)
        #expect(!reply.continues)
    }

    @Test("An error of the method is thrown with its parameters")
    func replied() throws {
        let service = try TestService()
        let connection = try VarlinkConnection(path: service.path)
        do {
            _ = try connection.call("test.unit.Fail", NoMembers())
            Issue.record("no error")
        } catch VarlinkError.replied(let error, let reply) {
            #expect(error == "test.unit.Sorry")
            #expect(try reply.decode(Text.self).text == "no")
        }
        #expect(try connection.call("test.unit.Echo", Text(text: "again")).decode(Text.self).text == "again")
    }

    @Test("A reply of another shape is an error that names the member")
    func unexpected() throws {
        let reply = VarlinkReply(octets: Array(#"{"text":[1]}"#.utf8), continues: false)
        #expect(throws: VarlinkError.unexpected(member: "text", reason: "expected String")) {
            try reply.decode(Text.self)
        }
        #expect(throws: VarlinkError.unexpected(member: "number", reason: "missing")) { try reply.decode(Number.self) }
    }

    @Test("A blocking stream gives each reply and stops when told")
    func stream() throws {
        let service = try TestService()
        var numbers: [Int] = []
        try VarlinkConnection(path: service.path).stream("test.unit.Count", Number(number: 5)) {
            numbers.append(try $0.decode(Number.self).number)
            return true
        }
        #expect(numbers == [1, 2, 3, 4, 5])
        numbers = []
        try VarlinkConnection(path: service.path).stream("test.unit.Count", Number(number: 5)) {
            numbers.append(try $0.decode(Number.self).number)
            return numbers.count < 2
        }
        #expect(numbers == [1, 2])
    }

    /// Runs a stream on a loop until it ends, or `replies` have come.
    private func run(_ path: String, _ method: String, _ parameters: some JSONWritable, replies: Int = .max) throws
        -> (replies: [VarlinkReply], end: VarlinkStreamEnd?)
    {
        let loop = try EpollLoop()
        var received: [VarlinkReply] = []
        var end: VarlinkStreamEnd?
        var stream: VarlinkStream?
        stream = try VarlinkStream(path: path, method: method, parameters: parameters, on: loop) { reply in
            received.append(reply)
            if received.count == replies {
                stream?.cancel()
                loop.stop()
            }
        } onEnd: {
            end = $0
            loop.stop()
        }
        try loop.run()
        #expect(stream?.isOpen == false)
        return (received, end)
    }

    @Test("A stream on a loop ends after its last reply")
    func loopStream() throws {
        let service = try TestService()
        let result = try run(service.path, "test.unit.Count", Number(number: 3))
        #expect(try result.replies.map { try $0.decode(Number.self).number } == [1, 2, 3])
        #expect(result.end == .finished)
    }

    @Test("A stream that is cancelled in the middle calls nothing any more")
    func cancel() throws {
        let service = try TestService()
        let result = try run(service.path, "test.unit.Count", Number(number: 1000), replies: 2)
        #expect(result.replies.count == 2)
        #expect(result.end == nil)
    }

    @Test("A stream ends with the method's error")
    func loopError() throws {
        let service = try TestService()
        let result = try run(service.path, "test.unit.Fail", NoMembers())
        #expect(
            result.end
                == .error(
                    name: "test.unit.Sorry", VarlinkReply(octets: Array(#"{"text":"no"}"#.utf8), continues: false)))
    }

    @Test(
        "Strange replies end a stream with what is wrong with them",
        arguments: [
            ("nonsense\0", "not a Varlink message: octet 0: expected {"),
            ("[]\0", "not a Varlink message: octet 0: expected {"),
            (#"{"error":1}"# + "\0", "not a Varlink message: an error that is not a string"),
            (#"{"parameters":[]}"# + "\0", "not a Varlink message: parameters that are not an object"),
            (#"{"continues":1}"# + "\0", "not a Varlink message: continues is neither true nor false"),
        ])
    func strange(answer: String, reason: String) throws {
        let fake = try FakeService(answering: answer)
        #expect(try run(fake.path, "a.b.C", NoMembers()).end == .malformed(reason))
    }

    @Test(
        "A service that goes away closes the stream",
        arguments: ["", "{\"parameters\":{},\"continues\":true}\0", "{\"par"])
    func gone(answer: String) throws {
        let fake = try FakeService(answering: answer)
        let result = try run(fake.path, "a.b.C", NoMembers())
        #expect(result.end == .closed)
        #expect(result.replies.count == (answer.hasSuffix("\0") ? 1 : 0))
    }

    @Test("The same for a client that waits")
    func goneWaiting() throws {
        let fake = try FakeService(answering: "")
        #expect(throws: VarlinkError.closed) { try VarlinkConnection(path: fake.path).call("a.b.C", NoMembers()) }
        let strange = try FakeService(answering: "[1]\0")
        #expect(throws: VarlinkError.malformed("octet 0: expected {")) {
            try VarlinkConnection(path: strange.path).call("a.b.C", NoMembers())
        }
    }
}

/// Accepts one client, reads its call, says something and leaves.
private final class FakeService {
    let directory: TemporaryDirectory
    let path: String
    private var thread = pthread_t()

    private final class Job {
        let listener: Int32
        let answer: [UInt8]
        init(_ listener: Int32, _ answer: [UInt8]) {
            self.listener = listener
            self.answer = answer
        }
    }

    init(answering answer: String) throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/socket"
        let address = try #require(UnixSocketAddress(path))
        let listener = try check("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
        try check("bind", address.withPointer { bind(listener, $0, $1) })
        try check("listen", listen(listener, 1))
        let job = Unmanaged.passRetained(Job(listener, Array(answer.utf8))).toOpaque()
        pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                let job = Unmanaged<Job>.fromOpaque(raw).takeRetainedValue()
                let client = accept(job.listener, __SOCKADDR_ARG(), nil)
                var octet: UInt8 = 1
                while read(client, &octet, 1) == 1, octet != 0 {}
                _ = job.answer.withUnsafeBytes { write(client, $0.baseAddress, $0.count) }
                close(client)
                close(job.listener)
                return nil
            }, job)
    }

    deinit { pthread_join(thread, nil) }
}
