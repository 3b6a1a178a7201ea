import LinuxNetwork
import Logging
import MLD

/// The co-located sender's link: made at the start, made again if somebody deletes it, removed at a clean stop.
extension RouterAgent {
    /// Makes the veth pair of the co-located sender.
    func makeSenderLink() throws {
        guard let name = configuration.senderLink else { return }
        senderLink = try VethPair.create("\(name)0", "\(name)1")
        leftovers.note(senderLink: senderLink)
        links.append(RouterLink(name: "\(name)1", role: .source, settings: MLDConfiguration()))
    }

    /// After somebody has deleted it. Senders that are bound to the old one must bind again.
    func remakeSenderLink() {
        guard !isStopping, let name = configuration.senderLink else { return }
        do {
            senderLink = try VethPair.create("\(name)0", "\(name)1")
            leftovers.note(senderLink: senderLink)
            log.warning("the sender's link had been deleted: made again", metadata: ["interface": "\(name)0"])
        } catch {
            log.error("the sender's link cannot be made again", metadata: ["error": "\(error)"])
        }
    }

    func removeSenderLink() {
        guard let pair = senderLink else { return }
        senderLink = nil
        leftovers.note(senderLink: nil)
        do { try pair.remove() } catch {
            log.warning("the sender's link was not removed", metadata: ["error": "\(error)"])
        }
    }
}
