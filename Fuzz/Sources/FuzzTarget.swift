import RaptorQ

/// What can be fuzzed: everything that reads octets of the network, of a client or of a file.
enum FuzzTarget: String, CaseIterable {
    /// The wire formats of MLD.
    case mldMessage = "mld-message"
    /// The router part of MLD, driven through messages, time and operators.
    case mldRouter = "mld-router"
    /// The listener part of MLD.
    case mldListener = "mld-listener"
    /// IPv6 and extension headers, and the checksum.
    case ipv6
    /// Fragments of MLD packets.
    case fragment
    /// Link layers of captures, and what is behind them.
    case frame
    /// Capture files, replayed.
    case capture
    /// Addresses as text.
    case address
    /// Framing, calls and replies of the control socket, with their JSON.
    case varlink
    /// The YAML file.
    case configuration
    /// Packets of signed updates: ALC, manifests, symbols and hashes at a receiver.
    case reception
    /// True and changed packets of one update, to the whole file.
    case transfer
    /// ALC packets, their extensions and what these say.
    case alc
    /// Signed and bare manifests.
    case manifest
    /// RaptorQ's decoder, and object transmission information.
    case raptorq
    /// Update files.
    case updateFile = "update-file"

    /// Octets of the longest input. Short ones are run more often.
    var maximumLength: Int {
        switch self {
        case .address: 64
        case .ipv6, .fragment, .frame, .mldMessage, .transfer, .raptorq: 512
        case .mldRouter, .mldListener, .varlink, .configuration, .alc, .manifest: 1024
        case .capture, .reception, .updateFile: 2048
        }
    }

    /// Runs one input; does not return if something is wrong.
    func run(_ input: UnsafeRawBufferPointer) {
        switch self {
        case .mldMessage: fuzzMLDMessages(RawSpan(_unsafeBytes: input))
        case .mldRouter:
            var fuzzer = MLDRouterFuzzer(FuzzInput(input))
            fuzzer.run()
        case .mldListener:
            var fuzzer = MLDListenerFuzzer(FuzzInput(input))
            fuzzer.run()
        case .ipv6: fuzzIPv6(RawSpan(_unsafeBytes: input))
        case .fragment: fuzzFragments(FuzzInput(input))
        case .frame: fuzzFrame(RawSpan(_unsafeBytes: input))
        case .capture: fuzzCapture(input)
        case .address: fuzzAddress(input)
        case .varlink: fuzzVarlink(FuzzInput(input))
        case .configuration: fuzzConfiguration(Array(input))
        case .reception:
            var fuzzer = ReceptionFuzzer(FuzzInput(input))
            fuzzer?.run()
        case .transfer:
            var fuzzer = TransferFuzzer(FuzzInput(input))
            fuzzer?.run()
        case .alc: fuzzALC(RawSpan(_unsafeBytes: input))
        case .manifest: fuzzManifest(Array(input))
        case .raptorq: require(DecoderExercise.run(input), "a block is recovered as it was, or not at all")
        case .updateFile: fuzzUpdateFile(input)
        }
    }
}
