import Glibc

/// An argument or a variable that is no text. Swift would repair it, and so name another file than was meant.
public struct UnreadableArgument: Error, CustomStringConvertible {
    public let description: String

    init(_ what: String, _ octets: [UInt8]) {
        let text = octets.map { octet in
            guard (0x20..<0x7f).contains(octet) else {
                return "\\x" + (octet < 16 ? "0" : "") + String(octet, radix: 16)
            }
            return String(UnicodeScalar(octet))
        }.joined()
        description = "\(what)\(text): not UTF-8; give the file or the directory a name that is"
    }
}

public enum ProgramArguments {
    /// Refuses arguments that are not UTF-8, and variables of the environment that are needed and are not.
    public static func requireText(variables: [String] = []) throws(UnreadableArgument) {
        let arguments = (0..<Int(CommandLine.argc)).compactMap { CommandLine.unsafeArgv[$0] }
        for argument in arguments { try requireText(argument, "") }
        for name in variables {
            if let value = getenv(name) { try requireText(value, "\(name)=") }
        }
    }

    private static func requireText(
        _ text: UnsafeMutablePointer<CChar>, _ what: String
    ) throws(UnreadableArgument) {
        guard String(validatingCString: text) == nil else { return }
        throw UnreadableArgument(what, (0..<strlen(text)).map { UInt8(bitPattern: text[$0]) })
    }
}
