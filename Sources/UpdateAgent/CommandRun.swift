import CLinux
import EventLoop
import Glibc
import LinuxSystem
import UpdateTrust

/// A command that is run for a verified update.
final class CommandRun {
    private let child: ChildProcess
    private let loop: EpollLoop

    /// Starts it, without a shell.
    ///
    /// - Parameter onExit: called on the loop, once.
    init(
        _ arguments: [String], for manifest: UpdateManifest, key: KeyID?, file: String, output: Int32?,
        on loop: EpollLoop,
        onExit: @escaping (ChildProcess.Exit) -> Void
    ) throws(SystemError) {
        var options = ChildProcess.Options()
        options.standardOutput = output
        child = try ChildProcess(
            arguments, environment: Self.environment(manifest, key, file: file), options: options)
        self.loop = loop
        try loop.watch(child.pidfd.number) { [weak self] _ in
            guard let self, let exit = child.reap() else { return }
            loop.unwatch(child.pidfd.number)
            onExit(exit)
        }
    }

    /// A command that still runs is left alone: it may be in the middle of an installation.
    deinit { loop.unwatch(child.pidfd.number) }

    private static func environment(_ manifest: UpdateManifest, _ key: KeyID?, file: String) -> [String: String] {
        var variables: [String: String] = [:]
        var entry = lc_environ()
        while let raw = entry?.pointee {
            let text = String(cString: raw)
            if let cut = text.firstIndex(of: "=") {
                variables[String(text[..<cut])] = String(text[text.index(after: cut)...])
            }
            entry = entry?.successor()
        }
        variables["LCUPDATE_FILE"] = file
        variables["LCUPDATE_SIZE"] = "\(manifest.size)"
        variables["LCUPDATE_SEQUENCE"] = "\(manifest.sequence)"
        variables["LCUPDATE_OBJECT_ID"] = "\(manifest.object)"
        variables["LCUPDATE_KEY_ID"] = key.map { "\($0)" } ?? ""
        variables["LCUPDATE_VENDOR"] = manifest.label.vendor ?? ""
        variables["LCUPDATE_CLASS"] = manifest.label.deviceClass ?? ""
        variables["LCUPDATE_NAME"] = manifest.label.fileName ?? ""
        return variables
    }
}
