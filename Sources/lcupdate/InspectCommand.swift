import ArgumentParser
import UpdateAgent
import UpdateTrust

/// `lcupdate inspect`.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what an update is, and check that it is whole.",
        discussion: """
            The file in it and the hashes are checked against the manifest; with --key also the manifest's signature. \
            Exit code 76 if anything is not as it was signed.
            """)

    @Argument(help: "The update, made with sign.")
    var file: String

    @Option(help: "The public key that should have signed it; may be given several times.")
    var key: [String] = []

    @Flag(
        help: """
            Print a JSON object: object_id, file, size, hash, symbol_size, source_symbols, blocks, block_symbols, window, \
            sequence, vendor, class, expires, key_id, verified (null without --key).
            """)
    var json = false

    func run() throws {
        let output = Output(json: json)
        try output.reportingTrustErrors {
            let keys = try TrustStore(files: key)
            let update = try UpdateFileReader(path: file)
            if !key.isEmpty {
                do throws(ManifestRefusal) { _ = try update.signed.verify(keys) } catch {
                    throw UpdateFailure(error, of: file)
                }
            }
            _ = try update.verify()
            let description = UpdateDescription(update, isVerified: key.isEmpty ? nil : true)
            if json { try output.print(description) } else { try output.print(description.text) }
        }
    }
}
