import Systemd
import Testing

@Suite("The service manager's watchdog")
struct ServiceWatchdogTests {
    @Test("it is fed twice in its time", arguments: [nil, "42"])
    func interval(process: String?) {
        let watchdog = ServiceWatchdog(microseconds: "30000000", process: process, of: 42)
        #expect(watchdog?.timeout == .seconds(30))
        #expect(watchdog?.interval == .seconds(15))
    }

    @Test(
        "there is none where none is asked for, or of another process",
        arguments: [
            (nil, nil), (nil, "42"), ("", nil), ("0", nil), ("-1", nil), ("soon", nil), ("18446744073709551615", nil),
            ("30000000", "43"), ("30000000", ""), ("30000000", "self"),
        ] as [(String?, String?)])
    func none(microseconds: String?, process: String?) {
        #expect(ServiceWatchdog(microseconds: microseconds, process: process, of: 42) == nil)
    }
}
