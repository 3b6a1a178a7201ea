import CLinux
import Glibc
import LinuxSystem
import TestFiles
import Testing
import UpdateTrust

@testable import UpdateAgent

@Suite("Files in the making", .serialized)
struct OutputFileTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("Publishing replaces what was there, all at once")
    func replaces() throws {
        _ = try directory.write(content(10), to: "out")
        let place = try OutputPlace(directory("out"))
        let file = try place.create("object")
        try file.reserve(3)
        try file.write(([1, 2, 3] as [UInt8]).span.bytes, at: 0)
        #expect(directory.read("out") == content(10))
        #expect(directory.names == [".out.object.partial", "out"])
        try place.publish(file, "object")
        #expect(directory.read("out") == [1, 2, 3])
        #expect(directory.names == ["out"])
    }

    @Test("What was begun is found again, by one at a time")
    func reopens() throws {
        let place = try OutputPlace(directory("out"))
        #expect(try place.reopen("object") == nil)
        do {
            let file = try place.create("object")
            try file.write(content(5).span.bytes, at: 0)
            #expect(throws: UpdateFailure.self) { try place.reopen("object") }
            #expect(throws: UpdateFailure.self) { try place.create("object") }
        }
        let again = try #require(try place.reopen("object"))
        var octets = [UInt8](repeating: 0, count: 9)
        #expect(try again.read(into: &octets, at: 0) == 5 && Array(octets[..<5]) == content(5))
        place.remove("object")
        #expect(directory.names == [])
    }

    @Test("Everything beyond 4 GiB is found where it belongs")
    func sparse() throws {
        let file = try OutputPlace(directory("out")).create("object")
        try file.truncate(to: 5 << 30 | 77)
        try file.write(content(77).span.bytes, at: 5 << 30)
        var buffer = [UInt8](repeating: 0xff, count: 2_000)
        #expect(try file.read(into: &buffer, at: 5 << 30) == 77)
        #expect(Array(buffer[..<77]) == content(77))
        #expect(try file.size() == 5 << 30 | 77)
    }

    @Test(
        "Paths where no file can appear are refused",
        arguments: ["missing/out", "directory", "directory/", ".", "fifo"])
    func refused(name: String) throws {
        mkdir(directory("directory"), 0o755)
        mkfifo(directory("fifo"), 0o644)
        #expect(throws: UpdateFailure.self) { _ = try OutputPlace(directory(name)) }
    }

    @Test("A state directory is made with all above it, for its owner only; what is none is refused")
    func stateDirectory() throws {
        _ = try StateDirectory(directory("a/b/c"))
        var status = stat()
        #expect(stat(directory("a/b/c"), &status) == 0 && status.st_mode & 0o7777 == 0o700)
        _ = try directory.write([], to: "file")
        for path in ["file", "file/x", "/proc/none"] {
            let path = path.hasPrefix("/") ? path : directory(path)
            let failure = #expect(throws: UpdateFailure.self) { _ = try StateDirectory(path) }
            #expect(failure?.kind == .failed && failure?.description.contains("--state") == true)
        }
    }
}

@Suite("The journal of what has come", .serialized)
struct ReceptionJournalTests {
    private static let key = TestKey()
    let directory: TemporaryDirectory
    let update: TestUpdate

    init() throws {
        directory = try TemporaryDirectory()
        update = try TestUpdate(content(30_000), key: Self.key)
    }

    /// Opens one that was closed just now. A program that another test starts has the lock, too, from fork to exec.
    private func reopened() throws -> ReceptionJournal {
        var journal: ReceptionJournal?
        try eventually {
            journal = try? ReceptionJournal(path: directory("journal"), update.manifest)
            return journal != nil
        }
        return try #require(journal)
    }

    private func fill(_ journal: ReceptionJournal) throws -> [UInt64] {
        var hasher = SymbolHasher(object: update.manifest.object)
        var places: [UInt64] = []
        for esi in 40..<50 {
            let symbol = update.payload(.symbol(block: 1, esi: esi))
            let leaf = hasher.leaf(block: 1, esi: esi, symbol: symbol.span.bytes)
            places.append(try journal.append(symbol.span.bytes, block: 1, esi: esi, leaf: leaf))
            try journal.append(sources: [UInt32(esi), 7, 0, 1, 2])
        }
        return places
    }

    private struct Contents: Equatable {
        var sources: Set<Int> = []
        var repairs: [Int: UInt64] = [:]
    }

    private func read() throws -> Contents {
        var contents = Contents()
        try reopened().replay(
            sources: { contents.sources.formUnion($0) }, repair: { contents.repairs[$0 * 1_000 + $1] = $2 })
        return contents
    }

    @Test("What was written is read back")
    func roundTrip() throws {
        let places = try fill(ReceptionJournal(path: directory("journal"), update.manifest))
        let contents = try read()
        #expect(contents.sources == Set([0, 1, 2, 7] + Array(40..<50)))
        #expect(contents.repairs == Dictionary(uniqueKeysWithValues: zip((40..<50).map { 1_000 + $0 }, places)))
        let octets = try #require(directory.read("journal"))
        let symbol = update.payload(.symbol(block: 1, esi: 43))
        #expect(Array(octets[Int(places[3])..<Int(places[3]) + symbol.count]) == symbol)
    }

    @Test("Cut or damaged anywhere, the whole records before are kept, and it can be added to")
    func torn() throws {
        _ = try fill(ReceptionJournal(path: directory("journal"), update.manifest))
        let octets = try #require(directory.read("journal"))
        var last = -1
        for length in stride(from: 0, through: octets.count, by: 13) {
            _ = try directory.write(Array(octets[..<length]), to: "journal")
            let found = try read().repairs.count
            #expect(found >= last)
            last = found
            var damaged = octets
            damaged[min(length, octets.count - 1)] ^= 1
            _ = try directory.write(damaged, to: "journal")
            #expect(try read().repairs.count <= 10)
            _ = try fill(reopened())
        }
        _ = try directory.write(octets, to: "journal")
        #expect(try read().repairs.count == 10)
    }

    @Test("A journal of another object is begun anew, and two cannot have one")
    func others() throws {
        _ = try fill(ReceptionJournal(path: directory("journal"), update.manifest))
        let other = try TestUpdate(content(30_000, seed: 5), key: Self.key)
        do {
            let journal = try ReceptionJournal(path: directory("journal"), other.manifest)
            #expect(throws: SystemError.self) { try ReceptionJournal(path: directory("journal"), other.manifest) }
            try journal.replay(sources: { _ in Issue.record("sources") }, repair: { _, _, _ in Issue.record("repair") })
        }
        #expect(try read() == Contents())
    }
}
