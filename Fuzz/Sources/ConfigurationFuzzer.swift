import IPv6
import RouterConfiguration

/// A text is refused at a place within it, or its settings are within the bounds that the documentation names.
func fuzzConfiguration(_ text: [UInt8]) {
    let configuration: RouterConfiguration
    do throws(ConfigurationErrors) {
        configuration = try RouterConfiguration(parsing: text, file: "f")
    } catch {
        require(!error.errors.isEmpty, "what is refused has an error")
        for error in error.errors {
            require(error.line >= 0 && error.line <= text.count + 1 && error.column >= 0, "the place of \(error)")
            require(!error.reason.isEmpty && !error.description.isEmpty, "an error has a reason")
        }
        return
    }
    let names = configuration.interfaces.map(\.name)
    require(Set(names).count == names.count, "interfaces have different names")
    require(names.count <= RouterConfiguration.maximumInterfaces, "as many interfaces as the kernel takes")
    require(configuration.interfaces.count { $0.role == .upstream } <= 1, "one upstream")
    for interface in configuration.interfaces {
        require((1...15).contains(interface.name.utf8.count), "the length of an interface's name")
        require(interface.mld.queryMaxResponseTime < interface.mld.queryInterval, "responses within the interval")
        require(interface.mld.queryMaxResponseTime >= .milliseconds(1), "the shortest response time")
        require((1...255).contains(interface.mld.robustnessVariable), "the robustness variable")
        let limits = interface.limits
        require(limits.maxGroups > 0 && limits.maxGroupSources > 0 && limits.maxHosts > 0, "limits are positive")
        let rates = [limits.reportsPerSecond, limits.reportsPerSecondPerHost, limits.specificQueriesPerSecond]
        require(rates.allSatisfy { $0.map { $0 > 0 } ?? true }, "rates are positive")
        require(interface.mld.querierGuard?.allSatisfy(\.isLinkLocal) ?? true, "routers have link-local addresses")
    }
    for channel in configuration.channels {
        require(channel.group.multicastScope.map { $0 > .linkLocal } ?? false, "a group that can be forwarded")
        require(channel.command.map { !$0.isEmpty && !$0.contains { $0.utf8.contains(0) } } ?? true, "a command")
        require(channel.holdTime >= .zero && channel.stopTimeout >= .zero, "no negative time")
    }
    require(configuration.control.mode <= 0o777, "permissions of the control socket")
}
