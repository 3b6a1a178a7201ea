import Glibc
import LinuxSystem
import TestFiles
import Testing

@testable import UpdateTrust

@Suite("Memory of accepted updates")
struct AntiRollbackTests {
    private let directory: TemporaryDirectory
    private let state: AntiRollback
    private let key = KeyID([UInt8](1...8))!
    private let first = AcceptedUpdate(sequence: 7, object: UpdateID([UInt8](0..<16))!)

    init() throws {
        directory = try TemporaryDirectory()
        state = AntiRollback(directory: directory.path)
    }

    @Test("What was accepted is remembered, for each key by itself")
    func remembered() throws {
        #expect(try state.accepted(from: key) == nil)
        try state.record(first, from: key)
        #expect(try state.accepted(from: key) == first)
        #expect(try state.accepted(from: KeyID([UInt8](2...9))!) == nil)
        #expect(directory.names == ["0102030405060708.accepted"])
        let text = "lcroute-accepted 7 000102030405060708090a0b0c0d0e0f\n"
        #expect(directory.read("0102030405060708.accepted") == Array(text.utf8))
    }

    @Test("A lower sequence never takes the place of a higher one")
    func never() throws {
        let last = AcceptedUpdate(sequence: .max, object: first.object)
        try state.record(last, from: key)
        try state.record(first, from: key)
        #expect(try state.accepted(from: key) == last)
    }

    @Test("Nothing but the one file is left")
    func leftovers() throws {
        for sequence in 1...20 as ClosedRange<UInt64> {
            try state.record(AcceptedUpdate(sequence: sequence, object: first.object), from: key)
        }
        #expect(try state.accepted(from: key)?.sequence == 20)
        #expect(directory.names.count == 1)
    }

    @Test(
        "Damage is not taken for a key that nothing was accepted from",
        arguments: [
            "", "lcroute-accepted 7 000102030405060708090a0b0c0d0e0f", "lcroute-accepted 7 0001\n", "7\n",
            "lcroute-accepted -7 000102030405060708090a0b0c0d0e0f\n", "lcroute-accepted  \n", "\u{0}\u{0}\u{0}\u{0}",
            "lcroute-accepted 18446744073709551616 000102030405060708090a0b0c0d0e0f\n",
        ])
    func damage(text: String) throws {
        try directory.write(text.utf8, to: "\(key).accepted")
        let path = directory("\(key).accepted")
        #expect(throws: StateError.damaged(path)) { try state.accepted(from: key) }
        #expect(throws: StateError.damaged(path)) { try state.record(first, from: key) }
        #expect(directory.read("\(key).accepted") == Array(text.utf8))
    }

    @Test("A directory that is not there is an error that names it")
    func missing() {
        let state = AntiRollback(directory: directory("none"))
        #expect(throws: StateError.system(SystemError("open directory \(directory("none"))", errno: ENOENT))) {
            try state.record(first, from: key)
        }
    }
}
