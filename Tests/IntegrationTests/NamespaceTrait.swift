import NetworkLab
import Testing

extension Trait where Self == ConditionTrait {
    /// Runs where network namespaces may be made, and is reported as skipped elsewhere.
    static var needsNamespaces: Self {
        .enabled(
            if: Laboratory.isPermitted,
            "needs network namespaces: run as root or inside unshare --user --map-root-user --net --mount")
    }
}
