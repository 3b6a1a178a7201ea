import Glibc
import Logging
import Synchronization
import Testing

@testable import Systemd

@Suite("Log lines")
struct JournalLogHandlerTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    @Test("A line has its time, its level, its message and what belongs to it, quoted where need be")
    func line() throws {
        let lines = Lines()
        var log = Logger(label: "test") { _ in JournalLogHandler { line in lines.all.withLock { $0.append(line) } } }
        log[metadataKey: "interface"] = "lan0"
        log.warning("not heard", metadata: ["error": "a b\n"])
        log.debug("left out")
        let all = lines.all.withLock { $0 }
        #expect(all.count == 1)
        let line = try #require(all.first)
        #expect(line.hasSuffix(" warning: not heard error=\"a b\\n\" interface=lan0\n"))
        #expect(line.firstIndex(of: " ").map { line[..<$0].count } == "2026-12-01T03:04:05.678+01:00".count)
    }

    @Test("The time is the local one, and says how far that is from UTC", arguments: [0, 1_796_094_245, 951_825_600])
    func time(seconds: Int) throws {
        let text = LogTime.text(of: timespec(tv_sec: seconds, tv_nsec: 45_999_999))
        let match = try #require(
            text.wholeMatch(of: #/(\d+-\d\d-\d\dT\d\d:\d\d:\d\d)\.045([+-])(\d\d):(\d\d)/#), "\(text)")
        var parts = tm()
        try #require(strptime(String(match.1), "%Y-%m-%dT%H:%M:%S", &parts) != nil)
        let distance = (Int(match.3) ?? 0) * 3_600 + (Int(match.4) ?? 0) * 60
        #expect(timegm(&parts) - (match.2 == "-" ? -distance : distance) == seconds)
    }
}
