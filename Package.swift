// swift-tools-version: 6.1
import PackageDescription

// Targets by layer, arrows point down only; docs/architecture.md has the graph.
// Linux headers show recvmmsg, in6_pktinfo, ucred, setns and the like only to those who ask.
let linux: [CSetting] = [.define("_GNU_SOURCE")]
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

let package = Package(
    name: "lcroute",
    products: [
        .executable(name: "lcrouted", targets: ["lcrouted"]),
        .executable(name: "lcroute", targets: ["lcroute"]),
        .executable(name: "lcupdate", targets: ["lcupdate"]),
        .executable(name: "lclab", targets: ["lclab"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        // C: system libraries and static-inline shims
        .target(name: "CLinux"),
        .target(name: "CLibPcap"),
        .target(name: "CAllocationCount"),
        .target(name: "CRaptorQ"),
        .systemLibrary(
            name: "CLibNL", pkgConfig: "libnl-route-3.0", providers: [.apt(["libnl-route-3-dev"])]),
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CLibSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CLibCBOR", pkgConfig: "libcbor", providers: [.apt(["libcbor-dev"])]),

        // values
        .target(name: "Timing", dependencies: [heap]),
        .target(name: "IPv6"),
        .target(name: "JSONText"),
        .target(name: "RouterControl", dependencies: ["JSONText"]),
        .target(name: "SeededRandom"),
        .target(name: "RaptorQ", dependencies: ["CRaptorQ"]),
        .target(name: "ALC", dependencies: ["RaptorQ", "IPv6"]),

        // machines: pure, no I/O, no clock, no Foundation
        .target(name: "MLD", dependencies: ["IPv6", "Timing"]),
        .target(name: "Forwarding", dependencies: ["IPv6", "Timing"]),
        .target(name: "Channels", dependencies: ["IPv6", "Timing"]),
        .target(name: "UpdateTransport", dependencies: ["IPv6", "Timing"]),

        // the state of the machines as the objects of the control interface
        .target(name: "MembershipObjects", dependencies: ["MLD", "RouterControl", "IPv6", "Timing"]),

        // the machines of many routers and hosts in virtual time
        .target(name: "MLDSimulation", dependencies: ["MLD", "IPv6", "Timing", "SeededRandom", heap]),

        // a captured link through the router part of MLD
        .target(
            name: "Replay",
            dependencies: [
                "CaptureFile", "MLD", "MembershipObjects", "RouterControl", "JSONText", "IPv6", "Timing",
            ]),

        // adapters: the only ones that touch the kernel
        .target(name: "LinuxSystem", dependencies: ["CLinux", "Timing"]),
        .target(name: "EventLoop", dependencies: ["CLinux", "LinuxSystem", "Timing"]),
        .target(
            name: "LinuxNetwork",
            dependencies: ["CLinux", "CLibPcap", "CLibNL", "LinuxSystem", "MLD", "IPv6", "Timing"]),
        .target(
            name: "Varlink", dependencies: ["JSONText", "CLinux", "LinuxSystem", "EventLoop", "Timing", deque]),
        .target(name: "CaptureFile", dependencies: ["CLibPcap", "IPv6", "Timing"]),
        .target(name: "Systemd", dependencies: ["CLinux", "Timing", logging]),
        .target(name: "RouterConfiguration", dependencies: ["CLibYAML", "IPv6"]),
        .target(name: "UpdateTrust", dependencies: ["CLibSodium", "CLibCBOR", "RaptorQ", "LinuxSystem"]),

        // agents: wire machines to the outside, own the event loop
        .target(
            name: "RouterAgent",
            dependencies: [
                "MLD", "MembershipObjects", "Forwarding", "Channels", "IPv6", "Timing", "RouterControl", "JSONText",
                "CLinux", "LinuxSystem", "EventLoop", "LinuxNetwork", "Varlink", "Systemd", logging,
            ]),
        .target(
            name: "UpdateAgent",
            dependencies: [
                "UpdateTransport", "UpdateTrust", "RaptorQ", "ALC", "IPv6", "Timing", "JSONText", "RouterControl",
                "CLinux", "LinuxSystem", "EventLoop", "LinuxNetwork", "Varlink", "Systemd", logging,
            ]),
        .target(
            name: "NetworkLab",
            dependencies: [
                "IPv6", "MLD", "ALC", "RaptorQ", "Timing", "SeededRandom", "CLinux", "CAllocationCount", "LinuxSystem",
                "LinuxNetwork", "RouterControl", "JSONText", "Varlink",
            ]),

        // executables: arguments in, exit code out
        .executableTarget(
            name: "lcrouted",
            dependencies: [
                "RouterAgent", "RouterConfiguration", "MLD", "Forwarding", "Channels", "LinuxSystem", "LinuxNetwork",
                "EventLoop",
                "Systemd", logging, argumentParser,
            ]),
        .target(name: "RouterDisplay", dependencies: ["RouterControl", "JSONText", "IPv6"]),
        .executableTarget(
            name: "lcroute",
            dependencies: [
                "RouterControl", "RouterDisplay", "RouterConfiguration", "Replay", "CaptureFile", "Varlink", "JSONText",
                "IPv6", "LinuxSystem", "EventLoop", "Timing", argumentParser,
            ]),
        .executableTarget(
            name: "lcupdate",
            dependencies: [
                "UpdateAgent", "UpdateTransport", "UpdateTrust", "JSONText", "IPv6", "EventLoop", "LinuxSystem",
                "Systemd", "Timing", logging, argumentParser,
            ]),
        .executableTarget(
            name: "lclab", dependencies: ["NetworkLab", "MLDSimulation", "JSONText", "LinuxSystem", argumentParser]),

        // Directories and programs of tests.
        .target(name: "TestFiles", dependencies: ["LinuxSystem"], path: "Tests/TestFiles"),
        .testTarget(
            name: "RaptorQTests", dependencies: ["RaptorQ", "SeededRandom", "LinuxSystem", "TestFiles"],
            exclude: ["oracle.py"]),
        .testTarget(name: "TimingTests", dependencies: ["Timing"]),
        .testTarget(name: "IPv6Tests", dependencies: ["IPv6"]),
        .testTarget(
            name: "ALCTests", dependencies: ["ALC", "IPv6", "RaptorQ", "LinuxSystem", "SeededRandom", "TestFiles"],
            exclude: ["Oracles"]),
        .testTarget(
            name: "MLDTests", dependencies: ["MLD", "IPv6", "Timing", "SeededRandom", "CAllocationCount"]),
        .testTarget(
            name: "MLDSimulationTests", dependencies: ["MLDSimulation", "MLD", "IPv6", "Timing", "SeededRandom"]),
        .testTarget(
            name: "CaptureFileTests",
            dependencies: [
                "CaptureFile", "Replay", "MLD", "MembershipObjects", "RouterControl", "JSONText", "IPv6", "Timing",
                "SeededRandom",
            ]),
        .testTarget(name: "ForwardingTests", dependencies: ["Forwarding", "IPv6", "Timing", "SeededRandom"]),
        .testTarget(name: "ChannelsTests", dependencies: ["Channels", "IPv6", "Timing"]),
        .testTarget(name: "UpdateTransportTests", dependencies: ["UpdateTransport", "IPv6", "Timing", "SeededRandom"]),
        .testTarget(
            name: "UpdateTrustTests",
            dependencies: ["UpdateTrust", "lcupdate", "RaptorQ", "LinuxSystem", "SeededRandom", "TestFiles"],
            exclude: ["Oracles"]),
        .testTarget(
            name: "UpdateAgentTests",
            dependencies: [
                "UpdateAgent", "UpdateTransport", "UpdateTrust", "RaptorQ", "ALC", "RouterControl", "Varlink",
                "JSONText", "IPv6",
                "Timing", "EventLoop", "LinuxNetwork", "LinuxSystem", "CLinux", "SeededRandom", "TestFiles", "lcupdate",
                logging,
            ]),
        .testTarget(name: "SystemdTests", dependencies: ["Systemd", "Timing", logging]),
        .testTarget(name: "EventLoopTests", dependencies: ["EventLoop", "LinuxSystem", "Timing", "CLinux"]),
        .testTarget(
            name: "LinuxNetworkTests",
            dependencies: [
                "LinuxNetwork", "LinuxSystem", "NetworkLab", "CaptureFile", "Replay", "MembershipObjects",
                "RouterControl", "IPv6", "MLD", "Timing", "CLinux",
            ]),
        .testTarget(name: "JSONTextTests", dependencies: ["JSONText"]),
        .testTarget(
            name: "VarlinkTests",
            dependencies: ["Varlink", "EventLoop", "LinuxSystem", "JSONText", "Timing", "SeededRandom", "CLinux"]),
        .testTarget(name: "RouterControlTests", dependencies: ["RouterControl", "JSONText"]),
        .testTarget(name: "RouterDisplayTests", dependencies: ["RouterDisplay", "RouterControl"]),
        .testTarget(
            name: "lcrouteTests",
            dependencies: [
                "lcroute", "Varlink", "RouterControl", "JSONText", "EventLoop", "LinuxSystem", "TestFiles",
            ]),
        .testTarget(name: "RouterConfigurationTests", dependencies: ["RouterConfiguration", "IPv6"]),
        .testTarget(
            name: "NetworkLabTests",
            dependencies: ["NetworkLab", "ALC", "RaptorQ", "MLD", "IPv6", "LinuxSystem", "Timing"]),
        .testTarget(
            name: "DocumentationTests",
            dependencies: [
                "lcrouted", "lcroute", "lcupdate", "lclab", "RouterConfiguration", "LinuxSystem", "TestFiles",
            ], exclude: ["recipe.sh"]),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "NetworkLab", "RouterControl", "Varlink", "MLD", "IPv6", "LinuxSystem", "LinuxNetwork", "Timing",
            ]),
    ]
)

// The fuzzers, which need flags of their own: scripts/fuzz sets both.
if Context.environment["LCROUTE_FUZZ"] == "1" {
    package.targets.append(
        .executableTarget(
            name: "lcroute-fuzz",
            dependencies: [
                "MLD", "IPv6", "Timing", "UpdateTransport", "Varlink", "JSONText", "RouterControl",
                "RouterConfiguration", "CaptureFile", "Replay", "SeededRandom", "UpdateAgent", "UpdateTrust", "ALC",
                "RaptorQ",
            ], path: "Fuzz", exclude: ["corpus", "dictionaries"], sources: ["Sources"],
            swiftSettings: [.enableExperimentalFeature("Extern")]))
}

// For all alike: whoever imports CLinux, directly or not, must see its headers as it was built.
for target in package.targets where target.type != .system { target.cSettings = linux }
