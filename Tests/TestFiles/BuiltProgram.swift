import Glibc
import LinuxSystem

/// Programs as they were built with the tests.
public enum BuiltProgram {
    /// In the folder that scripts name, or beside the tests.
    public static func path(of name: String) throws(SystemError) -> String {
        if let folder = getenv("LCROUTE_BINARIES") { return "\(String(cString: folder))/\(name)" }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = try check("readlink", Int32(readlink("/proc/self/exe", &buffer, buffer.count)))
        var path = String(decoding: buffer[..<Int(count)], as: UTF8.self).split(separator: "/").dropLast()
        while !path.isEmpty {
            let candidate = "/\(path.joined(separator: "/"))/\(name)"
            if access(candidate, X_OK) == 0 { return candidate }
            path.removeLast()
        }
        // The tests run inside swiftpm's own program: the package's folder is the working directory.
        return ".build/debug/\(name)"
    }
}
