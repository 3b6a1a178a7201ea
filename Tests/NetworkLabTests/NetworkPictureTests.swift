import Testing

@testable import NetworkLab

@Suite("Picture of the network")
struct NetworkPictureTests {
    @Test("without a terminal it is plain ASCII and says what flows where")
    func plain() {
        var picture = NetworkPicture()
        #expect(picture.lines(.plain).joined().utf8.allSatisfy { $0 < 128 })
        #expect(picture.lines(.plain)[0].contains("silent"))
        picture.lan0 = 20_000_000
        picture.sender = 20_000_000
        picture.hosts = [.listening(percent: 43), .verified, .away]
        let lines = picture.lines(.plain)
        #expect(lines.joined().utf8.allSatisfy { $0 < 128 })
        #expect(lines[0].contains("20.0 Mbit/s") && lines[0].contains("h1  receiving  43 %"))
        #expect(lines[1].contains("=========>") && lines[1].contains("h2  verified"))
        #expect(lines[2].contains("silent") && lines[2].contains("h3  not listening"))
    }

    @Test("its parts stand under one another whatever flows", arguments: [0.0, 1e6, 123_456_789, 9e9])
    func aligned(rate: Double) {
        var picture = NetworkPicture()
        (picture.sender, picture.lan0, picture.lan1) = (rate, rate, 0)
        for style in [NetworkPicture.Style.plain, .terminal] {
            let columns = zip(picture.lines(style), ["h1", "h2", "h3"]).map { line, host in
                let text = Self.withoutColours(line)
                return text.range(of: host).map { text.distance(from: text.startIndex, to: $0) }
            }
            #expect(Set(columns).count == 1, "\(picture.lines(style))")
        }
    }

    private static func withoutColours(_ line: String) -> String {
        var text = ""
        var isEscape = false
        for character in line {
            if character == "\u{1b}" { isEscape = true }
            if !isEscape { text.append(character) }
            if isEscape && character == "m" { isEscape = false }
        }
        return text
    }
}

extension String {
    /// Where another string begins in this one.
    fileprivate func range(of other: String) -> Index? {
        indices.first { self[$0...].hasPrefix(other) }
    }
}
