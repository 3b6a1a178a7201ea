import LinuxNetwork
import Logging

/// A bridge between the agent and its hosts that listens to MLD, too.
extension RouterAgent {
    /// Warns, once for each change, where it forgets what MLDv2 hosts say. What is behind a port cannot be seen from here.
    func follow(_ snooping: MulticastSnooping?, of link: RouterLink) {
        guard link.role == .downstream, link.snooping != snooping else { return }
        let hadTrouble = link.snooping?.understandsSources == false
        link.snooping = snooping
        guard let snooping else { return }
        if !snooping.understandsSources {
            let advice = "ip link set dev \(link.name) type bridge mcast_mld_version 2"
            log.warning(
                "the bridge snoops as for MLDv1: it loses sources, and takes a BLOCK for a wish; set \(advice)",
                metadata: ["interface": "\(link.name)", "mcast_mld_version": "\(snooping.mldVersion)"])
        } else if hadTrouble {
            log.info("the bridge understands MLDv2 now", metadata: ["interface": "\(link.name)"])
        }
    }
}
