import Glibc

/// Where this project's executables are: in the directory that LCROUTE_BINARIES names, or beside the running program.
public enum LabPrograms {
    /// - Throws: `LabError.programMissing`.
    public static func path(of name: String) throws(LabError) -> String {
        let directories = searched
        for directory in directories {
            let path = "\(directory)/\(name)"
            if access(path, X_OK) == 0 { return path }
        }
        throw .programMissing(name, searched: directories)
    }

    private static var searched: [String] {
        var directories: [String] = []
        if let named = getenv("LCROUTE_BINARIES").map({ String(cString: $0) }), !named.isEmpty {
            directories.append(named)
        }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        if length > 0 {
            let path = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if let slash = path.lastIndex(of: "/") { directories.append(String(path[..<slash])) }
        }
        return directories
    }
}
