/// A kind of network and of trouble; what is promised depends on it. docs/simulation.md has the table.
public enum SimulationProfile: String, CaseIterable, Sendable {
    /// Nothing is lost and nothing fails.
    case quiet
    /// Loss that the robustness variable is to survive.
    case lossy
    /// Times of heavy loss.
    case stormy
    /// Times in which messages overtake each other.
    case reordering
    /// Routers crash, links go down, hosts vanish.
    case crashing
    /// Links fall into parts.
    case partitioned
    /// Clocks step forward.
    case jumping
    /// Somebody sends what no listener or router would.
    case hostile
    /// Somebody leaves in the names of listeners.
    case forgedLeaves = "forged-leaves"
    /// Hosts of version 1 among others.
    case version1
    /// Source-specific groups only.
    case sourceSpecific = "source-specific"
    /// Several routers on every link, switched on one after the other.
    case routers
    /// Source lists that do not fit in one message, on links with the smallest MTU.
    case lists
    /// All troubles in turn.
    case mixed

    /// Whether the network fails or is attacked.
    var isTroubled: Bool {
        switch self {
        case .quiet, .lossy, .version1, .sourceSpecific, .lists, .routers: false
        case .stormy, .reordering, .crashing, .partitioned, .jumping, .hostile, .forgedLeaves, .mixed: true
        }
    }
}
