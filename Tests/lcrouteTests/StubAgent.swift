import EventLoop
import Glibc
import JSONText
import LinuxSystem
import RouterControl
import TestFiles
import Varlink

/// Speaks the control protocol on a socket of its own, with a router that has one interface and one group.
final class StubAgent {
    static let group = GroupStatus(
        interface: "lan0", groupAddress: "ff1e::1", filterMode: .exclude, compatibility: .mldv2, upTime: 1, expire: 260,
        lastReporter: "fe80::2", sources: [], hosts: [])
    static let lan0 = InterfaceStatus(
        interface: "lan0", index: 2, role: .downstream, operStatus: .up, address: "fe80::1",
        querier: QuerierStatus(address: "fe80::1", isSelf: true, expire: nil), version: 2, queryInterval: 125,
        queryMaxResponseTime: 10, lastMemberQueryInterval: 1, robustnessVariable: 2, configuredQueryInterval: 125,
        configuredRobustnessVariable: 2, groupsCount: 1, hostsCount: 1,
        mtu: 1500)

    private let directory: TemporaryDirectory
    let path: String
    private let loop: EpollLoop
    private let server: VarlinkServer
    private var thread = pthread_t()

    static let linkScope = GroupStatus(
        interface: "lan0", groupAddress: "ff02::fb", filterMode: .exclude, compatibility: .mldv2, upTime: 1,
        expire: 260,
        lastReporter: "fe80::2", sources: [], hosts: [])
    static let listeners = [("lan0", "ff1e::1"), ("lan0", "ff1e::2"), ("lan0", "ff02::fb"), ("lan1", "ff1e::1")].map {
        ListenerStatus(
            interface: $0, hostAddress: "fe80::2", groupAddress: $1, hostFilterMode: .exclude, sources: [], expire: 260)
    }

    init(manyGroups: Int = 0, linkScope: Bool = false, endlessWatch: Bool = true, connections: Int = 256) throws {
        directory = try TemporaryDirectory()
        path = directory("control")
        loop = try EpollLoop()
        let info = VarlinkServiceInfo(
            vendor: "lcroute", product: "stub", version: "0", url: "",
            interfaces: [RouterInterface.name: RouterInterface.description])
        var limits = VarlinkServer.Limits()
        limits.connections = connections
        server = try VarlinkServer(
            path: path, mode: 0o600, group: nil, service: info, limits: limits,
            refusal: RouterError.tooManyConnections.qualifiedName, on: loop
        ) { call in
            do throws(VarlinkServiceError) {
                try Self.answer(
                    call, others: (linkScope ? [Self.linkScope] : []) + Self.groups(manyGroups),
                    endlessWatch: endlessWatch)
            } catch {
                call.fail(error)
            }
        }
        let argument = Unmanaged.passRetained(loop).toOpaque()
        pthread_create(
            &thread, nil,
            { raw in
                if let raw { try? Unmanaged<EpollLoop>.fromOpaque(raw).takeRetainedValue().run() }
                return nil
            }, argument)
    }

    deinit {
        loop.stop()
        pthread_join(thread, nil)
        server.close()
    }

    private static func groups(_ count: Int) -> [GroupStatus] {
        (0..<count).map { number in
            var group = group
            group.groupAddress = "ff1e::\(String(number + 2, radix: 16))"
            return group
        }
    }

    private static func answer(
        _ call: VarlinkCall, others: [GroupStatus], endlessWatch: Bool
    ) throws(VarlinkServiceError) {
        switch RouterMethod(qualifiedName: call.method) {
        case .listInterfaces: call.reply(InterfacesReply(interfaces: [lan0]))
        case .listGroups:
            let selection = try call.parameters(as: GroupSelection.self)
            if let interface = selection.interface, interface != "lan0" {
                return fail(call, .noSuchInterface(interface))
            }
            call.reply(GroupsReply(groups: [group] + others))
        case .listListeners: call.reply(ListenersReply(listeners: listeners))
        case .clearGroups:
            let selection = try call.parameters(as: ClearSelection.self)
            if let group = selection.groupAddress { return fail(call, .noSuchGroup(group)) }
            fail(call, selection.all ? .notPermitted : .noSuchInterface(selection.interface ?? ""))
        case .reload: fail(call, .reloadFailed("/etc/r.yaml:2:3: colour: unknown key"))
        case .monitor:
            guard call.more else { return call.fail(.expectedMore) }
            call.reply(
                RouterEvent.snapshot(
                    sequence: 0, time: 1, interfaces: [lan0], groups: [group], routes: [], channels: []),
                continues: true)
            call.reply(
                RouterEvent(sequence: 1, time: 2, event: .groupRemoved, interface: "lan0", groupAddress: "ff1e::1"),
                continues: true)
            call.reply(
                RouterEvent(sequence: 2, time: 3, event: .groupAdded, interface: "lan0", groupAddress: "ff1e::2"),
                continues: true)
            if !endlessWatch { fail(call, .subscriberTooSlow) }
        case .getStatus: call.reply(InterfacesReply(interfaces: []))  // another shape than expected
        default: call.fail(.methodNotFound(call.method))
        }
    }

    private static func fail(_ call: VarlinkCall, _ error: RouterError) {
        call.fail(error.qualifiedName, parameters: error)
    }
}
