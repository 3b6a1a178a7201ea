import Glibc
import LinuxSystem
import RaptorQ
import TestFiles
import Testing

@testable import UpdateTrust

@Suite("Update files")
struct UpdateFileTests {
    private func failure(_ path: String) -> UpdateFileError? {
        do throws(UpdateFileError) {
            _ = try UpdateFileReader(path: path).verify()
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "A file that is signed is the one that is read back, whatever its size",
        arguments: [0, 1, 255, 256, 257, 10_240, 10_241, 33_333, 100_000])
    func roundTrip(size: Int) throws {
        let update = try TestUpdate(size)
        let reader = try UpdateFileReader(path: update.path)
        #expect(reader.manifest == update.manifest)
        #expect(try reader.signed.verify(TrustStore([Sample.key().publicKey])) == update.manifest)
        #expect(try reader.verify().root == update.manifest.root)
        var octets: [UInt8] = []
        let layout = update.manifest.layout.object
        for block in 0..<layout.blockCount {
            var symbols = [UInt8](repeating: 0xff, count: layout.sourceSymbols(block) * 256)
            try symbols.withMutableBytes { (bytes) throws(UpdateFileError) in
                try reader.readSource(block: block, esi: 0, into: &bytes)
            }
            octets += symbols
        }
        #expect(octets.starts(with: update.octets))
        #expect(octets.count == layout.symbolCount * 256)
        #expect(octets.dropFirst(size).allSatisfy { $0 == 0 })
    }

    @Test("The leaves are those of the source symbols and of the first K repair symbols")
    func leaves() throws {
        let update = try TestUpdate(9_999)
        let layout = update.manifest.layout.object
        var hasher = SymbolHasher(object: update.manifest.object)
        for block in 0..<layout.blockCount {
            let count = layout.sourceSymbols(block)
            let source = (0..<count).flatMap { update.symbol(block, $0) }
            let encoder = try EncodingSchedules(layout).encoder(source.span.bytes, symbolSize: 256)
            for esi in 0..<2 * count {
                var symbol = [UInt8](repeating: 0, count: 256)
                try encoder.write(esi, into: &symbol, at: 0..<256)
                #expect(
                    try update.leaf(block, esi) == hasher.leaf(block: block, esi: esi, symbol: symbol.span.bytes))
            }
        }
    }

    @Test("Wherever a bit is flipped, it is found")
    func tampered() throws {
        let update = try TestUpdate(3_000, symbolSize: 256, blockSymbols: 30)
        let octets = try #require(update.directory.read("update.lcu"))
        let trusted = TrustStore([Sample.key().publicKey])
        for offset in octets.indices where offset < 300 || offset % 41 == 0 || offset > octets.count - 10 {
            var changed = octets
            changed[offset] ^= 1 << (offset % 8)
            let path = try update.directory.write(changed, to: "changed.lcu")
            // The manifest's own octets are its signature's matter.
            let isRefused =
                failure(path) != nil
                || (try? UpdateFileReader(path: path).signed.verify(trusted)) == nil
            #expect(isRefused, "octet \(offset)")
        }
    }

    @Test("A damaged region is named")
    func regions() throws {
        let update = try TestUpdate(3_000, symbolSize: 256, blockSymbols: 30)
        let octets = try #require(update.directory.read("update.lcu"))
        func failure(_ change: (inout [UInt8]) -> Void) throws -> UpdateFileError? {
            var changed = octets
            change(&changed)
            return self.failure(try update.directory.write(changed, to: "changed.lcu"))
        }
        let path = update.directory("changed.lcu")
        #expect(try failure { $0[0] = 0 } == .notAnUpdate(path))
        #expect(try failure { $0 = [] } == .notAnUpdate(path))
        #expect(try failure { $0 = Array($0.prefix(7)) } == .notAnUpdate(path))
        #expect(try failure { $0[4] = 0x80 } == .damaged(path, "its manifest is longer than can be"))
        #expect(try failure { $0 = Array($0.prefix(100)) } == .damaged(path, "its manifest is longer than can be"))
        for count in [octets.count - 1, 500] {
            let error = try failure { $0 = Array($0.prefix(count)) }
            #expect(error == .damaged(path, "it has \(count) octets where its manifest makes it \(octets.count)"))
        }
        #expect(
            try failure { $0.append(0) }
                == .damaged(path, "it has \(octets.count + 1) octets where its manifest makes it \(octets.count)"))
        #expect(
            try failure { $0[$0.count - 3_001] ^= 1 }
                == .damaged(path, "the hashes of its symbols are not those that were signed"))
        #expect(
            try failure { $0[$0.count - 3_000] ^= 1 }
                == .damaged(path, "the file in it is not the one that was signed"))
        guard case .manifest = try failure({ $0[9] ^= 0xff }) else {
            Issue.record("not refused for its manifest")
            return
        }
    }

    @Test("A file that changes while it is sent is noticed")
    func changing() throws {
        let update = try TestUpdate(5_000)
        let reader = try UpdateFileReader(path: update.path)
        try reader.checkUnchanged()
        try update.directory.write([1], to: "update.lcu")
        #expect(throws: UpdateFileError.changed(update.path)) { try reader.checkUnchanged() }
        #expect(throws: UpdateFileError.changed(update.path)) { _ = try reader.verify() }
    }

    /// Signs `input` into `output`.
    private func sign(_ directory: TemporaryDirectory, _ input: String, _ output: String) throws {
        let key = Sample.key()
        _ = try UpdateFileWriter(input: directory(input), symbolSize: 256, blockSymbols: 40).write(
            to: directory(output), sequence: 1, label: UpdateLabel(), notAfter: nil
        ) { SignedManifest($0, key: key) }
    }

    @Test("Only an update file is replaced, and never the file that is being signed")
    func replacing() throws {
        let directory = try TemporaryDirectory()
        try directory.write(content(500), to: "file")
        try sign(directory, "file", "out.lcu")
        try directory.write(content(501), to: "file")
        try sign(directory, "file", "out.lcu")
        #expect(try UpdateFileReader(path: directory("out.lcu")).manifest.size == 501)
        for (name, octets) in [("text", Array("LCU".utf8)), ("empty", [])] {
            try directory.write(octets, to: name)
            #expect(throws: UpdateFileError.wouldOverwrite(directory(name))) { try sign(directory, "file", name) }
            #expect(directory.read(name) == octets)
        }
        #expect(throws: UpdateFileError.wouldOverwrite(directory("file"))) { try sign(directory, "file", "file") }
        #expect(throws: UpdateFileError.wouldOverwrite(directory("out.lcu"))) {
            try sign(directory, "out.lcu", "out.lcu")
        }
        try check("mkdir", mkdir(directory("folder"), 0o700))
        #expect(throws: UpdateFileError.notAFile(directory("folder"))) { try sign(directory, "file", "folder") }
        #expect(throws: UpdateFileError.notAFile(directory("folder"))) { try sign(directory, "folder", "x.lcu") }
        #expect(directory.names == ["empty", "file", "folder", "out.lcu", "text"])
    }

    @Test("A file that is not there, or cannot be made, is an error of its own")
    func system() throws {
        let directory = try TemporaryDirectory()
        try directory.write(content(500), to: "file")
        #expect(throws: UpdateFileError.system(SystemError("open \(directory("none"))", errno: ENOENT))) {
            try sign(directory, "none", "x.lcu")
        }
        #expect(throws: UpdateFileError.system(SystemError("open directory \(directory("none"))", errno: ENOENT))) {
            try sign(directory, "file", "none/x.lcu")
        }
        try check("mkfifo", mkfifo(directory("fifo"), 0o600))
        #expect(throws: UpdateFileError.notAFile(directory("fifo"))) { try sign(directory, "fifo", "x.lcu") }
        #expect(failure(directory("fifo")) == .notAFile(directory("fifo")))
        #expect(failure("/dev/null") == .notAFile("/dev/null"))
    }

    @Test("Unsigned update files are told from signed ones")
    func unsigned() throws {
        let directory = try TemporaryDirectory()
        try directory.write(content(500), to: "file")
        _ = try UpdateFileWriter(input: directory("file"), symbolSize: 256, blockSymbols: 40).write(
            to: directory("x.lcu"), sequence: 1, label: UpdateLabel(), notAfter: nil
        ) { SignedManifest(unsigned: $0) }
        let reader = try UpdateFileReader(path: directory("x.lcu"))
        #expect(reader.signed.keyID == nil)
        _ = try reader.verify()
        #expect(throws: ManifestRefusal.unsigned) { try reader.signed.verify(TrustStore([Sample.key().publicKey])) }
    }
}
