/// A signed update, made by lcupdate with a key of its own, both in a directory of the lab.
public struct LabUpdate: Sendable {
    /// What is sent.
    public let file: String
    /// What receivers need to trust it.
    public let publicKey: String

    /// - Throws: `LabError` with what lcupdate said if it fails.
    public init(_ octets: [UInt8], in directory: LabDirectory, sequence: Int = 1) throws {
        let key = directory.file("key")
        let input = try directory.write(octets, to: "update")
        file = directory.file("update.lcu")
        publicKey = "\(key).pub"
        let program = try LabPrograms.path(of: "lcupdate")
        try Self.run([program, "keygen", key])
        try Self.run([program, "sign", input, "--key", key, "--sequence", "\(sequence)", "-o", file])
    }

    private static func run(_ command: [String]) throws {
        let (exit, _, errors) = try LabProcess.run(command)
        guard exit == .code(0) else {
            throw LabError.failed(command: command.joined(separator: " "), message: "\(exit): \(errors)")
        }
    }
}
