import ArgumentParser
import Glibc
import JSONText
import RouterControl
import RouterDisplay
import Varlink

/// What every verb takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "The agent's control socket (default: $LCROUTE_CONTROL or \(RouterInterface.defaultPath)).")
    var socket: String?

    @Flag(help: "Print JSON.")
    var json = false

    var path: String {
        if let socket { return socket }
        let variable = getenv("LCROUTE_CONTROL").map { String(cString: $0) } ?? ""
        return variable.isEmpty ? RouterInterface.defaultPath : variable
    }

    /// Calls a method and waits for its answer.
    func call(_ method: RouterMethod, _ parameters: some JSONWritable = NoParameters()) throws -> VarlinkReply {
        try VarlinkConnection(path: path).call(method.qualifiedName, parameters)
    }

    /// Calls a method and prints its answer: as it came with `--json`, otherwise for a person.
    func show<Reply: Decodable>(
        _ method: RouterMethod, _ parameters: some JSONWritable = NoParameters(), as type: Reply.Type,
        _ text: (Reply) -> String
    ) throws {
        let reply = try call(method, parameters)
        if json {
            Output.print(octets: reply.octets)
        } else {
            Output.print(text(try reply.decode(type)))
        }
    }

    func show<Reply: Decodable & Displayable>(_ method: RouterMethod, as type: Reply.Type) throws {
        try show(method, as: type) { $0.displayText }
    }

    /// Calls a method and prints its answer after `filter` has taken away from it: in JSON as it came where nothing is to be
    /// taken away from that.
    func show<Reply: Decodable & Displayable & JSONWritable>(
        _ method: RouterMethod, as type: Reply.Type, isFiltered: Bool, _ filter: (inout Reply) -> Void
    ) throws {
        guard isFiltered || !json else { return try show(method, as: type) }
        var reply = try call(method).decode(type)
        filter(&reply)
        if json {
            Output.print(octets: JSONWriter.octets(of: reply))
        } else {
            Output.print(reply.displayText)
        }
    }

    /// An interface of the agent.
    func interface(_ name: String) throws -> InterfaceStatus {
        let interfaces = try call(.listInterfaces).decode(InterfacesReply.self).interfaces
        if let found = interfaces.first(where: { $0.interface == name }) { return found }
        let names = interfaces.map(\.interface).joined(separator: ", ")
        throw Failure(
            code: 1, "\(name): the agent serves no such interface; it serves \(names.isEmpty ? "none" : names)")
    }
}
