import Glibc
import IPv6
import LinuxSystem
import RouterControl
import Timing
import Varlink

/// A running lcrouted on a node, and what it says of itself on its control socket.
public final class LabRouter: Sendable {
    public let node: LabNode
    /// Its control socket.
    public let control: String
    public let process: LabProcess

    /// Starts `lcrouted --control … ARGUMENTS` on a node and waits until it answers.
    ///
    /// - Throws: `LabError.failed` with what it wrote if it ends instead.
    public init(
        on node: LabNode, _ arguments: [String], control: String,
        onLine: (@Sendable (LabProcess.Stream, String) -> Void)? = nil
    ) throws {
        self.node = node
        self.control = control
        process = try LabProcess(
            [LabPrograms.path(of: "lcrouted"), "--control", control] + arguments, on: node, onLine: onLine)
        let deadline = Instant.now + .seconds(10)
        while true {
            if let exit = process.exit {
                throw LabError.failed(command: process.command, message: "\(exit): \(process.text(.errors))")
            }
            if (try? status()) != nil { return }
            guard Instant.now < deadline else {
                throw LabError.timedOut("an answer of \(process.command): \(process.text(.errors))")
            }
            pause(.milliseconds(5))
        }
    }

    public func status() throws -> RouterStatus { try ask(.getStatus) }
    public func groups() throws -> [GroupStatus] { try (ask(.listGroups) as GroupsReply).groups }
    public func interfaces() throws -> [InterfaceStatus] { try (ask(.listInterfaces) as InterfacesReply).interfaces }
    public func routes() throws -> [RouteStatus] { try (ask(.listRoutes) as RoutesReply).routes }
    public func statistics() throws -> [InterfaceStatistics] {
        (try ask(.getStatistics) as StatisticsReply).interfaces
    }
    public func channels() throws -> [ChannelStatus] { try (ask(.listChannels) as ChannelsReply).channels }

    /// The channel of a group.
    public func channel(_ group: IPv6Address) throws -> ChannelStatus? {
        try channels().first { $0.groupAddress == group.description }
    }

    /// The interfaces with listeners of a group.
    public func interfaces(listeningTo group: IPv6Address) throws -> [String] {
        try groups().filter { $0.groupAddress == group.description }.map(\.interface).sorted()
    }

    /// Asks again until the answer satisfies `condition`; the last answer either way.
    public func wait<T>(_ patience: Duration, for question: () throws -> T, until condition: (T) -> Bool) throws -> T {
        let deadline = Instant.now + patience
        while true {
            let answer = try question()
            if condition(answer) || Instant.now >= deadline { return answer }
            pause(.milliseconds(10))
        }
    }

    /// Asks the agent itself: an answer takes no longer than it must.
    private func ask<Reply: Decodable>(_ method: RouterMethod) throws -> Reply {
        try VarlinkConnection(path: control).call(method.qualifiedName, NoParameters(), timeout: 10).decode(Reply.self)
    }
}
