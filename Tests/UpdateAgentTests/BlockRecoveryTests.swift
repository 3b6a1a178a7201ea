import Glibc
import LinuxSystem
import Synchronization
import TestFiles
import Testing
import UpdateTrust

@testable import UpdateAgent

@Suite("Recovery of blocks")
struct BlockRecoveryTests {
    private static let key = TestKey()
    private let directory: TemporaryDirectory
    private let update: TestUpdate
    private let file: SharedFile
    private let journal: SharedFile
    private let missing = [3, 17, 39]

    /// Two blocks; of the second one some source symbols are missing in the file, and their place has something else.
    init() throws {
        directory = try TemporaryDirectory()
        // The last symbol is not whole.
        update = try TestUpdate(content(20_400), key: Self.key)
        var there = update.octets
        for esi in missing {
            let extent = update.layout.extent(block: 1, esi: esi)
            for index in 0..<extent.length { there[Int(extent.offset) + index] = 0x55 }
        }
        file = try Self.open(try directory.write(there, to: "file"))
        let repairs = (0..<4).flatMap { [update] in update.payload(.symbol(block: 1, esi: 40 + $0)) }
        journal = try Self.open(try directory.write(repairs, to: "journal"))
    }

    private static func open(_ path: String) throws -> SharedFile {
        SharedFile(owning: try Descriptor("open \(path)", Glibc.open(path, O_RDWR | O_CLOEXEC)), path: path)
    }

    private func task(leaves: [SymbolHash]?, repairs: Int = 4) -> BlockRecovery.Task {
        BlockRecovery.Task(
            block: 1, sources: (0..<40).filter { !missing.contains($0) }.map { UInt32($0) },
            repairs: (0..<repairs).map { UInt32(40 + $0) }, places: (0..<repairs).map { UInt64($0 * 256) },
            leaves: leaves)
    }

    private func leaves() -> [SymbolHash] {
        var hasher = SymbolHasher(object: update.manifest.object)
        return missing.map {
            hasher.leaf(block: 1, esi: $0, symbol: update.payload(.symbol(block: 1, esi: $0)).span.bytes)
        }
    }

    /// What is reported of a task, up to its end.
    private func results(_ task: BlockRecovery.Task) throws -> [String] {
        let reported = Reported()
        let worker = try BlockRecovery.worker(
            update.manifest.object, update.layout, file: file, journal: journal
        ) { reported.add($0) }
        worker.put(task)
        reported.waitForEnd()
        return reported.texts
    }

    private final class Reported: Sendable {
        private let list = Mutex<[String]>([])
        var texts: [String] { list.withLock { $0 } }

        func add(_ result: BlockRecovery.Result) {
            let text =
                switch result {
                case .needsMore: "needs more"
                case .decodable: "decodable"
                case .recovered(_, let made, let isProven): "recovered \(made)\(isProven ? ", proven" : "")"
                case .wrong: "wrong"
                case .failed(let failure): "failed: \(failure)"
                }
            list.withLock { $0.append(text) }
        }

        func waitForEnd() {
            for _ in 0..<10_000 where texts.last == nil || texts.last == "decodable" { usleep(1_000) }
        }
    }

    @Test("What is missing is made, compared with what was signed, and written")
    func proven() throws {
        #expect(try results(task(leaves: leaves())) == ["decodable", "recovered [3, 17, 39], proven"])
        #expect(directory.read("file") == update.octets)
    }

    @Test("Without the leaves it is made, and nothing is said of it")
    func unproven() throws {
        #expect(try results(task(leaves: nil)) == ["decodable", "recovered [3, 17, 39]"])
        #expect(directory.read("file") == update.octets)
    }

    @Test("A symbol that is not the one that was verified makes it wrong, and nothing wrong is written")
    func wrong() throws {
        // Somebody else writes to the file.
        try file.write([0xff].span.bytes, at: update.layout.extent(block: 1, esi: 5).offset)
        let before = directory.read("file")
        #expect(try results(task(leaves: leaves())) == ["decodable", "wrong"])
        #expect(directory.read("file") == before)
    }

    @Test("Too few symbols are too few")
    func few() throws { #expect(try results(task(leaves: leaves(), repairs: 2)) == ["needs more"]) }

    @Test("A file that has become shorter is an error that names it")
    func short() throws {
        try file.truncate(to: 12_000)
        let results = try results(task(leaves: leaves()))
        #expect(results.count == 2 && results[1].hasPrefix("failed: read back \(file.path)"), "\(results)")
    }
}
