import Glibc

/// libFuzzer (https://llvm.org/docs/LibFuzzer.html) on one of the parsers: `lcroute-fuzz NAME [OPTION | FILE | FOLDER …]`.
///
/// A file is run once, to see a finding again; folders hold the corpus. Without arguments the names are listed.
@main enum LCRouteFuzz {
    // libFuzzer ignores arguments with two hyphens, and hands all of them on to the processes that it starts itself.
    static let chosen = CommandLine.arguments.dropFirst().first.flatMap { argument in
        FuzzTarget(rawValue: argument.hasPrefix("--") ? String(argument.dropFirst(2)) : argument)
    }

    static func main() {
        guard let chosen else {
            for target in FuzzTarget.allCases { print(target.rawValue) }
            exit(CommandLine.arguments.count > 1 ? 64 : 0)
        }
        // Of the clock on the wall: generous, for a machine that is busy with other things.
        let limits = ["-max_len=\(chosen.maximumLength)", "-timeout=60", "-rss_limit_mb=2048", "-malloc_limit_mb=512"]
        let arguments =
            [CommandLine.arguments[0], "--\(chosen.rawValue)"] + limits + CommandLine.arguments.dropFirst(2)
        var count = Int32(arguments.count)
        // libFuzzer keeps them until the process ends.
        let copies = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: arguments.count + 1)
        for (index, argument) in arguments.enumerated() { copies[index] = strdup(argument) }
        copies[arguments.count] = nil
        var vector: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = copies
        exit(
            runFuzzer(&count, &vector) { octets, length in
                LCRouteFuzz.chosen?.run(UnsafeRawBufferPointer(start: octets, count: length))
                return 0
            })
    }
}

@_extern(c, "LLVMFuzzerRunDriver")
private func runFuzzer(
    _ argc: UnsafeMutablePointer<Int32>,
    _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ run: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
