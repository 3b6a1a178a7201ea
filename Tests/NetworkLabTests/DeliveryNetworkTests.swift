import Glibc
import IPv6
import LinuxSystem
import Testing
import Timing

@testable import NetworkLab

@Suite(
    "The network of deliveries", .serialized,
    .enabled(if: Laboratory.isPermitted && access("/usr/sbin/nft", X_OK) == 0, "needs namespaces and nft"))
struct DeliveryNetworkTests {
    private static let size = 1000
    /// Ethernet, IPv6 and UDP.
    private static let headers = 14 + 40 + 8

    @Test("every receiver loses datagrams of its own, and the sender's octets are counted with all headers")
    func loss() throws {
        let network = try DeliveryNetwork(senders: 1, receivers: 2, lossPerMille: 200, cutsSegments: true)
        let group = DeliveryMethod.group
        let listeners = try network.receivers.map { try LabListener.joined(group, on: $0) }
        let counter = try SentOctets(of: DeliveryNetwork.interface, on: network.senders[0])
        let before = try counter.count()
        let stream = try LabStream(
            from: network.address(ofSender: 0), on: network.senders[0], to: group, rate: 5000, size: Self.size)
        let deadline = Instant.now + .seconds(10)
        while stream.sent < 2000 && Instant.now < deadline { pause(.milliseconds(10)) }
        // It goes on: what is counted lies between what it had sent before and after.
        let least = stream.sent
        let counted = try counter.count() - before
        let received = listeners.map(\.record.count)
        let most = stream.sent
        let frame = Self.size + Self.headers
        #expect(least >= 2000)
        // A few packets of the neighbours' discovery may be among them.
        #expect(least * frame...(most + 1) * frame + 4000 ~= counted)
        for count in received {
            let part = Double(count) / Double(least)
            #expect(0.74...0.86 ~= part, "\(part) of the datagrams have come")
        }
    }

    @Test("a membership is seen while it lasts")
    func membership() throws {
        let network = try DeliveryNetwork(senders: 1, receivers: 1, lossPerMille: 0, cutsSegments: false)
        let membership = try GroupMembership(
            of: DeliveryMethod.group, on: network.receivers[0], interface: DeliveryNetwork.interface)
        #expect(try !membership.isMember())
        let listener = try LabListener.joined(DeliveryMethod.group, on: network.receivers[0])
        #expect(try membership.isMember())
        listener.leave()
        #expect(try !membership.isMember())
    }

    @Test("the processor time of a program is known after its end")
    func processorTime() throws {
        let program = try LabProcess(["sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"])
        #expect(program.wait(.seconds(30)) == .code(0))
        let time = try #require(program.processorTime)
        #expect(time > .milliseconds(5) && time < .seconds(30))
    }
}
