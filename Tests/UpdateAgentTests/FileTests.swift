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
