import IPv6

/// A program that brings a file to receivers, and how it is told to.
enum DeliveryMethod: String, CaseIterable, Sendable {
    case lcupdate
    case uftp
    case udpcast
    /// With as much forward error correction as the loss asks for.
    case udpcastFEC = "udpcast, FEC"

    static let group = IPv6Address(high: 0xff1e_0000_0000_0000, low: 0x4242)
    private static let uftpData = IPv6Address(high: 0xff1e_0000_0000_0000, low: 0x4243)
    /// What is asked for where a program does not see to its socket buffer itself.
    private static let buffer = "4194304"

    /// The programs that it needs in PATH.
    var programs: [String] {
        switch self {
        case .lcupdate: []
        case .uftp: ["uftp", "uftpd"]
        case .udpcast, .udpcastFEC: ["udp-sender", "udp-receiver"]
        }
    }

    /// The group whose members are the receivers that are ready; nil: there is no telling.
    var readyGroup: IPv6Address? {
        switch self {
        case .lcupdate, .uftp: Self.group
        case .udpcast, .udpcastFEC: nil
        }
    }

    /// Whether a receiver that needs nothing more leaves the group before its file is there.
    var leavesEarly: Bool { self == .lcupdate }

    func receiver(_ number: Int, of task: DeliveryTask, on network: DeliveryNetwork, in folder: LabDirectory) throws
        -> [String]
    {
        switch self {
        case .lcupdate:
            return [
                try LabPrograms.path(of: "lcupdate"), "receive", "--group", "\(Self.group)", "--interface",
                DeliveryNetwork.interface, "--key", task.files.publicKey, "--output",
                output(of: number, of: task, in: folder), "--state", folder.file("state\(number)"), "--timeout",
                "\(Int(task.patience.inSeconds))", "--json",
            ]
        case .uftp:
            return [
                "uftpd", "-d", "-t", "-B", Self.buffer, "-I", "\(network.address(ofReceiver: number))", "-M",
                "\(Self.group)", "-D", folder.file("\(number)"),
            ]
        case .udpcast, .udpcastFEC:
            return [
                "udp-receiver", "--nokbd", "--nosync", "--rcvbuf", Self.buffer, "--exit-wait", "50", "--interface",
                DeliveryNetwork.interface, "--file", output(of: number, of: task, in: folder),
            ]
        }
    }

    func sender(_ number: Int, of task: DeliveryTask, on network: DeliveryNetwork) throws -> [String] {
        switch self {
        case .lcupdate:
            return [
                try LabPrograms.path(of: "lcupdate"), "send", task.files.update, "--group", "\(Self.group)",
                "--interface", DeliveryNetwork.interface, "--source", "\(network.address(ofSender: number))", "--rate",
                "\(task.rate ?? 10_000_000_000)", "--mtu", "\(DeliveryTask.mtu)", "--trigger", "always", "--start",
                task.start(ofSender: number),
            ]
        case .uftp:
            // Blocks that just fit the MTU, and shorter waits at the start than by default.
            return [
                "uftp", "-R", task.rate.map { "\(payloadRate($0) / 1000)" } ?? "-1", "-b", "1420", "-B", Self.buffer,
                "-r", "0.1",
                "-I", "\(network.address(ofSender: number))", "-M", "\(Self.group)", "-P", "\(Self.uftpData)",
                task.files.file,
            ]
        case .udpcast, .udpcastFEC:
            var command = [
                "udp-sender", "--nokbd", "--no-progress", "--interface", DeliveryNetwork.interface, "--file",
                task.files.file, "--min-receivers", "\(task.receivers)", "--rexmit-hello-interval", "200",
            ]
            // A receiver that has missed the answer to its hello would keep all others waiting for good.
            if task.lossPerMille > 0 { command += ["--min-wait", "3"] }
            if let rate = task.rate { command += ["--max-bitrate", "\(payloadRate(rate) / 1000)k"] }
            // Twice what is lost on the average in stripes of 128 packets, and a little.
            if self == .udpcastFEC { command += ["--fec", "8x\(min(100, 4 + task.lossPerMille * 256 / 1000))/128"] }
            return command
        }
    }

    /// The bits per second that a program is told to keep so that its IP packets have `rate`: all but lcupdate count without
    /// IP headers, udpcast without those of UDP, too.
    private func payloadRate(_ rate: Int) -> Int {
        switch self {
        case .lcupdate: rate
        case .uftp: rate * (DeliveryTask.mtu - 40) / DeliveryTask.mtu
        case .udpcast, .udpcastFEC: rate * (DeliveryTask.mtu - 28) / DeliveryTask.mtu
        }
    }

    /// Where a receiver's file is when it is whole.
    func output(of number: Int, of task: DeliveryTask, in folder: LabDirectory) -> String {
        "\(folder.file("\(number)"))/\(DeliveryFiles.name)"
    }
}
