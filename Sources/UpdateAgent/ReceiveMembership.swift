import Glibc
import LinuxNetwork
import LinuxSystem
import Timing

/// Decides on which interface a receiver is a member of its group, and when it has to join anew. No I/O: it is told what the
/// host's network is like, and answers what to do.
///
/// It goes by what is, not by what has happened, so that no report that was missed leaves the receiver deaf.
struct ReceiveMembership {
    /// What the host's network is like.
    struct Network: Equatable {
        var links: [Link] = []
        /// The number of the interface that has the name that was given, as its own or an alternative one.
        var named: Int32?
        /// The name of the default route's interface.
        var routed: String?
        /// Interfaces on which IPv6 is switched off.
        var withoutIPv6: Set<Int32> = []
        /// Whether the kernel still has the membership; nil if that is not known.
        var hasMembership: Bool?
    }

    enum Input {
        case network(Network)
        /// Whether packets are wanted.
        case wants(Bool)
        /// What has come of `join`; nil: it is a member.
        case joined(SystemError?)
        /// Receiving has failed.
        case broken(SystemError)
        /// `retryAt` has come.
        case tick
    }

    enum Action: Equatable {
        case join(Link)
        case leave
        /// For the log: that it is a member, and unless it is the first time, why anew.
        case logJoined(Link, again: String?)
        case notice(String)
        case warn(String)
        /// Another try will not help.
        case giveUp(SystemError)
    }

    /// The interface that was named; nil: whichever is preferred.
    private let name: String?
    private var network = Network()
    private var isWanted = true
    /// Where it is a member, where it is about to become one, and where it was last.
    private(set) var member: Link?
    private var joining: Link?
    private var last: Link?
    /// Why it is not a member any more, unless it has left because nothing is wanted.
    private var reason: String?
    /// What has failed last, and on which interface.
    private var failure: (error: SystemError, index: Int32)?
    /// When to try again after a failure.
    private(set) var retryAt = Instant.distantFuture
    /// Why nothing is heard, as far as the interface is to blame.
    private(set) var trouble: InterfaceTrouble?
    /// The trouble that was logged and is not over.
    private var logged: InterfaceTrouble?

    private static let retry = Duration.seconds(1)

    init(name: String?) { self.name = name }

    /// The name of the interface; nil while none was named and none will do.
    var interface: String? { (member ?? target)?.name ?? name }

    mutating func handle(_ input: Input, at now: Instant) -> [Action] {
        var actions: [Action] = []
        switch input {
        case .network(let network): self.network = network
        case .wants(let isWanted): self.isWanted = isWanted
        case .joined(nil):
            guard let link = joining else { break }
            let before = last.flatMap { $0.index == link.index ? nil : $0 }
            let cause = reason ?? before.map { Self.change(from: $0, to: link) }
            if last == nil || cause != nil { actions.append(.logJoined(link, again: cause)) }
            if last == nil, logged?.excludesMembership == true { actions.append(.notice("joined on \(link.name)")) }
            (member, last) = (link, link)
            (joining, reason, failure) = (nil, nil, nil)
        case .joined(let error?):
            guard let link = joining else { break }
            joining = nil
            // What the interface is not to blame for would not be cured by waiting. Once it has worked, it may be again.
            guard last != nil || Self.isOfInterface(error) else { return [.giveUp(error)] }
            fail(error, on: link, at: now)
        case .broken(let error):
            guard let link = member else { break }
            leave("receiving failed", &actions)
            fail(error, on: link, at: now)
        case .tick: break
        }
        update(at: now, &actions)
        return actions
    }

    private mutating func update(at now: Instant, _ actions: inout [Action]) {
        let target = target
        var trouble = target.flatMap { self.trouble(of: $0) }
        let mayJoin = trouble?.excludesMembership != true
        if let member {
            if target?.index != member.index {
                leave(target.map { Self.change(from: member, to: $0) } ?? "\(member.name) was gone", &actions)
            } else if let trouble, !mayJoin {
                leave("it was \(trouble.state)", &actions)
            } else if network.hasMembership == false {
                leave("the kernel had dropped the membership", &actions)
            } else if !isWanted {
                actions.append(.leave)
                self.member = nil
            } else if let target, target.name != member.name {
                actions.append(.notice("\(member.name) is called \(target.name) now"))
                self.member = target
            }
        }
        let mustWait = failure.map { $0.index == target?.index && now < retryAt } ?? false
        if let target, mayJoin, isWanted, member == nil, joining == nil, !mustWait {
            joining = target
            retryAt = .distantFuture
            actions.append(.join(target))
        }
        if target == nil {
            trouble = name.map { .missing($0) } ?? .noInterface
        } else if trouble == nil, let target, let failure, failure.index == target.index {
            trouble = .notJoined(target.name, failure.error)
        }
        report(trouble, &actions)
    }

    private static func change(from before: Link, to link: Link) -> String {
        before.name == link.name ? "\(link.name) is another interface now" : "it was on \(before.name) before"
    }

    private mutating func leave(_ reason: String, _ actions: inout [Action]) {
        member = nil
        self.reason = reason
        // What is known of it was of the membership that is given up now.
        network.hasMembership = nil
        actions.append(.leave)
    }

    private mutating func fail(_ error: SystemError, on link: Link, at now: Instant) {
        failure = (error, link.index)
        retryAt = now + Self.retry
    }

    private static func isOfInterface(_ error: SystemError) -> Bool {
        [ENODEV, ENXIO, ENETDOWN, EADDRNOTAVAIL, EINVAL].contains(error.errno)
    }

    /// Logs what is wrong when it begins, and when it is over.
    private mutating func report(_ trouble: InterfaceTrouble?, _ actions: inout [Action]) {
        guard isWanted else { return }
        self.trouble = trouble
        if let trouble {
            if trouble == logged || trouble.isPassing { return }
            actions.append(.warn("waiting for \(trouble.subject): \(trouble.advice)"))
            logged = trouble
        } else if let member, let before = logged {
            // Joining is logged, also for the first time if that had to be waited for.
            if !before.excludesMembership { actions.append(.notice("\(member.name) is usable again")) }
            logged = nil
        }
    }

    // MARK: the interface

    private func trouble(of link: Link) -> InterfaceTrouble? {
        InterfaceTrouble(of: link, isIPv6Disabled: network.withoutIPv6.contains(link.index))
    }

    private func link(_ index: Int32?) -> Link? { network.links.first { $0.index == index } }

    /// The interface to be a member on, however it is.
    private var target: Link? {
        guard name != nil else { return preferred }
        // One that was renamed is the same to the kernel: unless another one has the name now, it goes on there.
        return link(network.named) ?? link((member ?? last)?.index)
    }

    /// The default route's interface; without a default route the one that it was on, else the first that will do, else the one
    /// that it was on, however it is.
    private var preferred: Link? {
        let current = (member ?? last)?.index
        let usable = network.links.filter { link in
            link.isUp && link.isRunning && link.isMulticastCapable && !link.isLoopback
                && trouble(of: link)?.excludesMembership != true
        }
        return usable.first { $0.name == network.routed } ?? usable.first { $0.index == current } ?? usable.first
            ?? link(current)
    }
}
