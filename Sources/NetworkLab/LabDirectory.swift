import Glibc
import LinuxSystem

/// A directory for the files of one experiment, removed with all that is in it when this value goes.
public final class LabDirectory: Sendable {
    public let path: String

    public init() throws(SystemError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/lclab-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("make a directory in \(parent)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { nftw(path, { name, _, _, _ in name.map { remove($0) } ?? 0 }, 16, Int32(FTW_DEPTH | FTW_PHYS)) }

    /// The path of a file in this directory.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file in this directory; its path.
    @discardableResult public func write(_ octets: [UInt8], to name: String) throws(SystemError) -> String {
        let path = file(name)
        let descriptor = try Descriptor("make \(path)", open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644))
        var done = 0
        while done < octets.count {
            let count = octets[done...].withUnsafeBytes { Glibc.write(descriptor.number, $0.baseAddress, $0.count) }
            guard count > 0 else { throw SystemError("write \(path)") }
            done += count
        }
        return path
    }

    @discardableResult public func write(_ text: String, to name: String) throws(SystemError) -> String {
        try write(Array(text.utf8), to: name)
    }

    /// All of a file.
    public static func read(_ path: String) throws(SystemError) -> [UInt8] {
        let descriptor = try Descriptor("open \(path)", open(path, O_RDONLY | O_CLOEXEC))
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(descriptor.number, &buffer, buffer.count)
            if count == 0 { return octets }
            guard count > 0 else { throw SystemError("read \(path)") }
            octets.append(contentsOf: buffer[..<count])
        }
    }

    /// `count` octets that no link compresses and no shortcut guesses.
    public static func randomOctets(_ count: Int) throws(SystemError) -> [UInt8] {
        let source = try Descriptor("open /dev/urandom", open("/dev/urandom", O_RDONLY | O_CLOEXEC))
        var octets = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = octets[done...].withUnsafeMutableBytes { Glibc.read(source.number, $0.baseAddress, $0.count) }
            guard got > 0 else { throw SystemError("read /dev/urandom") }
            done += got
        }
        return octets
    }
}
