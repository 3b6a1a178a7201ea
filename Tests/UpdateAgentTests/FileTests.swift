import CLinux
import Glibc
import LinuxSystem
import Testing
import UpdateTransport

@testable import UpdateAgent

@Suite("Files", .serialized)
struct FileTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("The hash is BLAKE2b-256")
    func hash() throws {
        // The digest of "abc": b2sum -l 256
        let file = try SourceFile(path: directory.write(Array("abc".utf8), to: "in"))
        let hexadecimal = try file.hash().octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            .joined()
        #expect(hexadecimal == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
    }

    @Test("Everything beyond 4 GiB is found where it belongs")
    func sparse() throws {
        let size: UInt64 = 5 << 30 | 77
        #expect(truncate(try directory.write([], to: "in"), off_t(size)) == 0)
        let source = try SourceFile(path: directory("in"))
        var partial = try PartialFile(for: directory("out"))
        #expect(source.size == size)
        let object = CarouselObject(
            id: .identify(size: size, hash: ContentHash([UInt8](repeating: 0, count: 32).span.bytes, at: 0)),
            size: size,
            symbolSize: 1_160, hash: ContentHash([UInt8](repeating: 0, count: 32).span.bytes, at: 0))
        let last = object.symbolCount - 1
        try partial.reserve(size)
        let octets = content(object.length(ofSymbol: last))
        try partial.write(octets.span.bytes, at: object.offset(ofSymbol: last))
        var buffer = [UInt8](repeating: 0xff, count: 2_000)
        #expect(try partial.read(at: object.offset(ofSymbol: last), into: &buffer) == octets.count)
        #expect(Array(buffer[..<octets.count]) == octets)
        try source.read(at: object.offset(ofSymbol: last), into: &buffer, count: octets.count)
        #expect(buffer[..<octets.count].allSatisfy { $0 == 0 })
        try partial.publish()
        var status = stat()
        #expect(stat(directory("out"), &status) == 0 && UInt64(status.st_size) == size)
    }

    @Test("A file that is not published leaves nothing")
    func nothingLeft() throws {
        do {
            let partial = try PartialFile(for: directory("out"))
            try partial.reserve(1_000)
            try partial.write(content(10).span.bytes, at: 5)
        }
        #expect(directory.names == [])
    }

    @Test("Publishing replaces what was there")
    func replaces() throws {
        _ = try directory.write(content(10), to: "out")
        var partial = try PartialFile(for: directory("out"))
        try partial.reserve(3)
        try partial.write(([1, 2, 3] as [UInt8]).span.bytes, at: 0)
        #expect(directory.read("out") == content(10))
        try partial.publish()
        #expect(directory.read("out") == [1, 2, 3])
        #expect(directory.names == ["out"])
    }

    @Test(
        "Paths where no file can appear are refused",
        arguments: ["missing/out", "directory", "directory/", ".", "fifo"])
    func refused(name: String) throws {
        mkdir(directory("directory"), 0o755)
        mkfifo(directory("fifo"), 0o644)
        #expect(throws: UpdateFailure.self) { _ = try PartialFile(for: directory(name)) }
    }

    @Test(
        "What is no regular file cannot be sent, and asking does not hang", arguments: ["missing", "directory", "fifo"])
    func notSent(name: String) throws {
        mkdir(directory("directory"), 0o755)
        mkfifo(directory("fifo"), 0o644)
        #expect(throws: UpdateFailure.self) { _ = try SourceFile(path: directory(name)) }
    }

    @Test("A file that changes while it is sent is noticed")
    func changes() throws {
        let file = try SourceFile(path: directory.write(content(5_000), to: "in"))
        var buffer = [UInt8](repeating: 0, count: 5_000)
        try file.checkUnchanged()
        #expect(truncate(directory("in"), 4_000) == 0)
        #expect(throws: UpdateFailure.self) { try file.checkUnchanged() }
        #expect(throws: UpdateFailure.self) { try file.read(at: 3_000, into: &buffer, count: 2_000) }
    }
}
