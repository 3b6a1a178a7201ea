import CaptureFile
import Glibc
import LinuxSystem
import RouterConfiguration
import RouterControl
import Varlink

/// How the program ends when it cannot do what it was asked: an exit code and a line of each fault.
struct Failure: Error {
    var code: Int32
    var message: String

    init(code: Int32, _ message: String) {
        self.code = code
        self.message = message
    }

    /// nil for errors that are the argument parser's.
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as VarlinkError: self.init(error)
        case let error as ConfigurationErrors: self.init(code: EX_CONFIG, error.description)
        case let error as CaptureFileError: self.init(code: 1, error.description)
        case let error as UnreadableArgument: self.init(code: EX_USAGE, error.description)
        case let error as SystemError: self.init(code: 1, error.description)
        default: return nil
        }
    }

    init(_ error: VarlinkError) {
        switch error {
        case .unreachable(let path, let system):
            self.init(unreachable: path, system)
        case .closed:
            self.init(
                code: EX_UNAVAILABLE, "the agent closed the connection; see its log, and whether lcrouted still runs")
        case .failed(let system):
            self.init(code: 1, "the connection to the agent failed: \(system)")
        case .timedOut:
            self.init(code: EX_TEMPFAIL, "the agent did not answer in time; try again")
        case .malformed, .unexpected:
            self.init(
                code: EX_PROTOCOL,
                "the answer is not one of this version's lcrouted (\(error)); check what listens there")
        case .replied(let name, let reply):
            self.init(replied: name, reply)
        }
    }

    private init(unreachable path: String, _ error: SystemError) {
        let reason = String(cString: strerror(error.errno))
        switch error.errno {
        case EACCES, EPERM:
            self.init(code: EX_NOPERM, "\(path): \(reason); run as root or as a member of the socket's group")
        case ENAMETOOLONG:
            self.init(code: EX_USAGE, "\(path): a socket's path has at most 107 octets")
        default:
            self.init(
                code: EX_UNAVAILABLE,
                "no agent answers on \(path) (\(reason)); start lcrouted, or name its socket with --socket or LCROUTE_CONTROL"
            )
        }
    }

    private init(replied name: String, _ reply: VarlinkReply) {
        let parameters = (try? reply.decode(RouterError.Parameters.self)) ?? RouterError.Parameters()
        switch RouterError(qualifiedName: name, parameters: parameters) {
        case .notPermitted:
            self.init(code: EX_NOPERM, "not permitted; run as root or as a member of the control socket's group")
        case .noSuchInterface(let interface):
            self.init(code: 1, "\(interface): the agent serves no such interface; see lcroute interfaces")
        case .noSuchGroup(let group):
            self.init(code: 1, "\(group): nobody listens to this group; see lcroute groups")
        case .invalidAddress(let address):
            self.init(code: EX_USAGE, "\(address): not a multicast IPv6 address")
        case .subscriberTooSlow:
            self.init(code: 1, "the output was not read fast enough and the agent ended the subscription; start again")
        case .reloadFailed(let message):
            self.init(code: EX_CONFIG, "\(message) (the agent keeps its old configuration)")
        case .tooManyConnections:
            self.init(
                code: EX_TEMPFAIL,
                "the agent has too many connections; try again, as root if you can, or end other clients (ss -xp shows them)"
            )
        case nil:
            let code = name == "org.varlink.service.PermissionDenied" ? EX_NOPERM : EX_PROTOCOL
            self.init(code: code, "the agent answered \(name); is it of another version?")
        }
    }

    /// Says why on standard error and ends the program.
    func exit() -> Never {
        Output.warn(message)
        Glibc.exit(code)
    }
}
