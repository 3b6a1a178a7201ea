import Timing

/// One delivery to be measured.
struct DeliveryTask: Sendable {
    static let mtu = 1500

    var files: DeliveryFiles
    /// Bits per second of whole IP packets; nil: as fast as it can.
    var rate: Int? = 100_000_000
    var lossPerMille = 0
    var receivers = 8
    /// How many of them join only when half as many octets as the file has were sent.
    var late = 0
    /// They share the rate.
    var senders = 1
    /// Somebody on the LAN forges one packet for nine of the sender's.
    var isForged = false
    /// Packets cross the network one by one and not in batches; see `DeliveryNetwork`.
    var cutsSegments = true

    /// Several senders begin anywhere, and not evenly apart.
    var startsAtRandom = true

    /// Where in the update a sender begins. One that is alone begins at the beginning, if nobody joins late.
    func start(ofSender number: Int) -> String {
        guard senders > 1 else { return late == 0 ? "beginning" : "random" }
        return startsAtRandom ? "random" : "\(100 * number / senders)%"
    }

    /// The rate of each sender.
    var shared: DeliveryTask {
        var task = self
        task.rate = rate.map { $0 / senders }
        return task
    }

    /// Octets that must be sent for one receiver to get as many as the file has, on the average.
    var limit: Double { Double(files.size) / (1 - Double(lossPerMille) / 1000) }

    /// A delivery that takes longer has failed.
    var patience: Duration { .seconds(30 + 10 * limit * 8 / Double(rate ?? 100_000_000)) }
}
