import LinuxNetwork
import LinuxSystem
import Timing

// Where the group is joined, and again.
extension ReceiveAgent {
    /// Watches the host's network and joins, if there is an interface to do it on.
    func beginMembership() throws {
        do {
            network = try NetworkWatch(options.interface, on: loop) { [weak self] in self?.networkChanged() }
        } catch {
            throw UpdateFailure(
                .failed, "\(error): a service needs AF_NETLINK among its RestrictAddressFamilies=")
        }
        examineNetwork()
        if case .failure(let error) = result { throw error }
    }

    func endMembership() {
        closeSocket()
        network = nil
    }

    /// Whoever changes many routes or interfaces at once is not followed step by step.
    private func networkChanged() {
        schedule.examineNetwork(soonest: .now + .milliseconds(100))
        clock?.arm(at: schedule.next)
    }

    /// Is there still what it goes by? What the kernel has forgotten without a word is found out here, too.
    func examineNetwork() {
        guard var seen = network?.network() else { return }
        seen.hasMembership = socket?.isMember
        feed(.network(seen))
        schedule.examineNetwork(at: .now + options.networkExamination)
    }

    func leave() { feed(.wants(false)) }

    func join() { feed(.wants(true)) }

    func feed(_ first: ReceiveMembership.Input) {
        var inputs = [first]
        while !inputs.isEmpty {
            for action in membership.handle(inputs.removeFirst(), at: .now) {
                if let outcome = perform(action) { inputs.append(outcome) }
            }
        }
        schedule.nextRetry = membership.retryAt
        clock?.arm(at: schedule.next)
    }

    private func perform(_ action: ReceiveMembership.Action) -> ReceiveMembership.Input? {
        switch action {
        case .join(let link):
            do throws(SystemError) {
                try openSocket(on: link)
                return .joined(nil)
            } catch {
                return .joined(error)
            }
        case .leave: closeSocket()
        case .logJoined(let link, let cause):
            let place = "[\(options.group)]:\(options.port) on \(link.name)"
            guard let cause else {
                log.debug("listening to \(place), \(socket?.buffer ?? 0) octets of buffer")
                break
            }
            limitedLog.log(.joined, level: .notice, "joined again on \(link.name): \(cause)", at: .now, to: log)
        case .notice(let text): limitedLog.log(.interface, level: .notice, "\(text)", at: .now, to: log)
        case .warn(let text): limitedLog.log(.interface, "\(text)", at: .now, to: log)
        case .giveUp(let error): finish(.failure(UpdateFailure(error)))
        }
        return nil
    }

    private func openSocket(on link: Link) throws(SystemError) {
        let opened = try UDPMulticastReceiver(
            group: options.group, port: options.port, interface: (UInt32(bitPattern: link.index), link.name),
            source: options.source)
        try loop.watch(opened.descriptor) { [weak self] _ in self?.receive() }
        socket = opened
    }

    private func closeSocket() {
        guard let socket else { return }
        loop.unwatch(socket.descriptor)
        self.socket = nil
    }
}
