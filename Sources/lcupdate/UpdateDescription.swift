import JSONText
import UpdateTrust

/// What an update is, for people and for scripts.
struct UpdateDescription: JSONWritable {
    private let manifest: UpdateManifest
    private let key: KeyID?
    private let isVerified: Bool?

    /// - Parameter isVerified: whether a trusted key signed it; nil if nobody looked.
    init(_ update: borrowing UpdateFileReader, isVerified: Bool?) {
        manifest = update.manifest
        key = update.signed.keyID
        self.isVerified = isVerified
    }

    func write(to json: inout JSONWriter) {
        let object = manifest.layout.object
        json.object { json in
            json.member("object_id", manifest.object.description)
            json.member("file", manifest.label.fileName)
            json.member("size", manifest.size)
            json.member("hash", manifest.hash.description)
            json.member("symbol_size", object.symbolSize)
            json.member("source_symbols", object.symbolCount)
            json.member("blocks", object.blockCount)
            json.member("block_symbols", object.sourceSymbols(0))
            json.member("window", ObjectLayout.windowFactor)
            json.member("sequence", manifest.sequence)
            json.member("vendor", manifest.label.vendor)
            json.member("class", manifest.label.deviceClass)
            json.member("expires", manifest.notAfter?.description)
            json.member("key_id", key?.description)
            json.member("verified", isVerified)
        }
    }

    /// One line for each thing.
    var text: String {
        let object = manifest.layout.object
        let expiry = manifest.notAfter.map { $0 < .now ? "\($0) (expired)" : "\($0)" }
        let signature =
            switch (key, isVerified) {
            case (nil, _): "none: anybody can have made it"
            case (let key?, true): "\(key), verified"
            case (let key?, _): "\(key), signature not checked (give --key)"
            }
        let lines = [
            ("object", manifest.object.description), ("file", manifest.label.fileName ?? "-"),
            ("size", "\(manifest.size) octets"), ("hash", manifest.hash.description),
            (
                "symbols",
                """
                \(object.symbolCount) of \(object.symbolSize) octets in \(object.blockCount) blocks of up to \
                \(object.sourceSymbols(0))
                """
            ),
            ("sequence", "\(manifest.sequence)"), ("vendor", manifest.label.vendor ?? "any"),
            ("class", manifest.label.deviceClass ?? "any"), ("expires", expiry ?? "never"), ("key", signature),
        ]
        return lines.map { name, value in
            name + String(repeating: " ", count: 10 - name.count) + value
        }.joined(separator: "\n")
    }
}
