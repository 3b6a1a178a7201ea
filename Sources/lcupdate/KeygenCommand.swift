import ArgumentParser
import JSONText
import UpdateTrust

/// `lcupdate keygen`.
struct KeygenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Make a pair of keys to sign updates with.",
        discussion: """
            KEY is the secret one: it signs, and only its owner may read it. KEY.pub goes to the receivers. Neither is ever \
            overwritten. Keep a copy of KEY: without it no further update can be signed for them.
            """)

    @Argument(help: "The file for the secret key; the public one has .pub behind its name.")
    var key: String

    @Option(help: "A remark in both files, such as whose key it is.")
    var comment: String = ""

    @Flag(help: "Print a JSON object: key_id, public_key.")
    var json = false

    func validate() throws {
        guard !key.isEmpty else { throw ValidationError("KEY needs the name of a file") }
        let hasControls = comment.unicodeScalars.contains { $0.properties.generalCategory == .control }
        guard !hasControls, comment.utf8.count <= 255 else {
            throw ValidationError("--comment must be a line of at most 255 octets")
        }
    }

    func run() throws {
        let output = Output(json: json)
        try output.reportingTrustErrors {
            let pair = SigningKey(comment: comment)
            try pair.save(to: key)
            if json { return try output.print(KeyDescription(pair.publicKey)) }
            try output.print("key \(pair.publicKey.id): \(key) signs, \(key).pub is for the receivers")
        }
    }
}

/// A public key as JSON.
private struct KeyDescription: JSONWritable {
    private let key: PublicKey

    init(_ key: PublicKey) { self.key = key }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("key_id", key.id.description)
            json.member("public_key", key.line)
        }
    }
}
