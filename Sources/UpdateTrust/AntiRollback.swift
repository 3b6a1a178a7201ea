import Glibc
import LinuxSystem

/// Remembers in a directory what was accepted last from each key, so that no older update is ever taken again.
///
/// One file for each key, `KEYID.accepted`, with one line: `lcroute-accepted SEQUENCE OBJECTID`. It is replaced as a whole and is
/// on the disk when `record` returns.
public struct AntiRollback: Sendable {
    public let directory: String

    private static let label = "lcroute-accepted"

    public init(directory: String) { self.directory = directory }

    /// What was accepted last from a key; nil if nothing was.
    public func accepted(from key: KeyID) throws(StateError) -> AcceptedUpdate? {
        let path = self.path(key)
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else {
            if errno == ENOENT { return nil }
            throw .system(SystemError("open \(path)"))
        }
        let file = Descriptor(owning: number)
        var octets = [UInt8](repeating: 0, count: 128)
        let count: Int
        do throws(SystemError) { count = try file.readAvailable(into: &octets, at: 0, path) } catch {
            throw .system(error)
        }
        // Damage must not let an old update in: it is not taken for "nothing accepted yet".
        let words = String(decoding: octets[..<count], as: UTF8.self).split(separator: " ")
        guard words.count == 3, words[0] == Self.label, let sequence = UInt64(words[1]), words[2].last == "\n",
            let object = Hexadecimal.octets(String(words[2].dropLast())).flatMap({ UpdateID($0) })
        else { throw .damaged(path) }
        return AcceptedUpdate(sequence: sequence, object: object)
    }

    /// Remembers an update. A sequence lower than the one remembered changes nothing.
    public func record(_ update: AcceptedUpdate, from key: KeyID) throws(StateError) {
        let folder = try openDirectory()
        // Another receiver may be at it: the higher one stays. The lock goes with the descriptor.
        guard flock(folder.number, LOCK_EX) == 0 else { throw .system(SystemError("lock \(directory)")) }
        if let last = try accepted(from: key), last.sequence > update.sequence || last == update { return }
        let line = "\(Self.label) \(update.sequence) \(update.object)\n"
        do throws(SystemError) {
            let output = try OutputFile(for: path(key))
            try output.write(Array(line.utf8).span.bytes, at: 0)
            try output.publish()
        } catch {
            throw .system(error)
        }
    }

    private func openDirectory() throws(StateError) -> Descriptor {
        let number = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw .system(SystemError("open directory \(directory)")) }
        return Descriptor(owning: number)
    }

    private func path(_ key: KeyID) -> String { "\(directory)/\(key).accepted" }
}

/// What is wrong with the directory that remembers accepted updates.
public enum StateError: Error, Equatable, Sendable, CustomStringConvertible {
    case system(SystemError)
    case damaged(String)

    public var description: String {
        switch self {
        case .system(let error): error.description
        case .damaged(let path):
            "\(path) is damaged, so that older updates cannot be told from newer ones: remove it to take the next one whatever its sequence"
        }
    }
}
