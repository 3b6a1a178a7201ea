import EventLoop
import Glibc
import LinuxSystem
import Testing

@testable import Varlink

@Suite struct ListeningSocketTests {
    private func mode(_ path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : nil
    }

    @Test("Missing directories are made, the file has the mode asked for and goes with the server")
    func life() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/a/b/socket"
        let server = try VarlinkServer(path: path, mode: 0o660, group: "0", service: TestService.info, on: EpollLoop())
        { _ in }
        #expect(mode(path) == S_IFSOCK | 0o660)
        #expect(server.group == 0)
        server.close()
        #expect(mode(path) == nil)
        #expect(mode(directory.path + "/a/b").map { $0 & 0o700 } == 0o700)
    }

    @Test("The socket file of a process that is gone is replaced")
    func stale() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/socket"
        let address = try #require(UnixSocketAddress(path))
        do {
            let dead = try Descriptor("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
            #expect(address.withPointer { bind(dead.number, $0, $1) } == 0)
        }
        #expect(mode(path) != nil)
        let server = try VarlinkServer(path: path, mode: 0o600, group: nil, service: TestService.info, on: EpollLoop())
        { _ in }
        #expect(mode(path) == S_IFSOCK | 0o600)
        server.close()
    }

    @Test("A second server on one path is refused, and the first keeps its file")
    func inUse() throws {
        let service = try TestService()
        #expect(throws: VarlinkListenError.inUse(path: service.path)) {
            try VarlinkServer(path: service.path, mode: 0o600, group: nil, service: TestService.info, on: EpollLoop()) {
                _ in
            }
        }
        #expect(
            try VarlinkConnection(path: service.path).call("test.unit.Nothing", NoMembers()).octets == Array("{}".utf8))
    }

    @Test("The file of a later server is not removed by an earlier one")
    func replaced() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/socket"
        let first = try VarlinkServer(path: path, mode: 0o600, group: nil, service: TestService.info, on: EpollLoop()) {
            _ in
        }
        unlink(path)
        let second = try VarlinkServer(path: path, mode: 0o600, group: nil, service: TestService.info, on: EpollLoop())
        { _ in }
        first.close()
        #expect(mode(path) != nil)
        second.close()
    }

    @Test("A path that cannot be a socket is refused with what to do about it")
    func badPaths() throws {
        let directory = try TemporaryDirectory()
        let file = directory.path + "/file"
        close(open(file, O_CREAT | O_WRONLY, 0o600))
        let long = directory.path + "/" + String(repeating: "x", count: 108)
        let table: [(String, String?, String)] = [
            (file, nil, "\(file): exists and is not a socket; remove it or choose another path"),
            (long, nil, "\(long): a socket's path has 1 to 107 octets; choose a shorter one"),
            (file + "/socket", nil, "connect \(file)/socket: Not a directory"),
            (
                directory.path + "/s", "no-such-group",
                "no-such-group: no such group; create it (groupadd --system no-such-group) or name another"
            ),
        ]
        for (path, group, text) in table {
            do throws(VarlinkListenError) {
                let loop: EpollLoop
                do throws(SystemError) { loop = try EpollLoop() } catch { throw .failed(error) }
                _ = try VarlinkServer(path: path, mode: 0o600, group: group, service: TestService.info, on: loop) { _ in
                }
                Issue.record("\(path) was accepted")
            } catch {
                // Which call notices a file in the place of a directory does not matter.
                if case .failed(let system) = error {
                    #expect(system.errno == ENOTDIR)
                } else {
                    #expect(error.description == text)
                }
            }
        }
    }
}
