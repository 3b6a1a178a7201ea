/// The demonstration's network as a few lines of text, with what happens on it at the moment.
struct NetworkPicture: Equatable, Sendable {
    /// A link: bits per second of multicast data, 0 for silence.
    var sender = 0.0
    var lan0 = 0.0
    var lan1 = 0.0
    var hosts = [Host.away, .away, .away]

    enum Host: Equatable, Sendable {
        case away
        case listening(percent: Double)
        case verified
    }

    enum Style: Sendable {
        /// Plain ASCII, for files and pipes.
        case plain
        /// Box characters and colours.
        case terminal
    }

    func lines(_ style: Style) -> [String] {
        let pen = Pen(style: style)
        let boxes = style == .plain ? ["+----------+", "|", "+----------+"] : ["╭──────────╮", "│", "╰──────────╯"]
        let arrow = pen.link(sender, style == .plain ? ("=========>", "----------") : ("═════════▶", "──────────"))
        let wall = boxes[1]
        return [
            "  \(boxes[0])              \(boxes[0])   lan0 \(lan(lan0, branch: style == .plain ? "+" : "┬", pen)) h1  \(host(0, pen))",
            "  \(wall) lcupdate \(wall) \(arrow)   \(wall) lcrouted \(wall)                            "
                + "\(pen.link(lan0, style == .plain ? ("+==", "+--") : ("╚══", "└──"))) h2  \(host(1, pen))",
            "  \(boxes[2]) \(pen.rate(sender).padded(to: 13))\(boxes[2])   lan1 \(lan(lan1, branch: style == .plain ? "-" : "─", pen)) h3  \(host(2, pen))",
        ]
    }

    private func lan(_ rate: Double, branch: String, _ pen: Pen) -> String {
        let plain = pen.style == .plain
        let busy = rate > 0
        let joint = busy && !plain ? (branch == "┬" ? "╦" : "═") : (busy && branch == "-" ? "=" : branch)
        let line = busy ? (plain ? "=" : "═") : (plain ? "-" : "─")
        let text = " \(pen.rate(rate)) "
        let tail = String(repeating: line, count: max(1, 18 - text.count))
        return pen.paint(line + line + text + tail + joint + line + line, busy ? .green : .dim)
    }

    private func host(_ index: Int, _ pen: Pen) -> String {
        switch hosts[index] {
        case .away: pen.paint("not listening", .dim)
        case .listening(let percent): pen.paint("receiving \(percent.fixed(0).leftPadded(to: 3)) %", .yellow)
        case .verified: pen.paint("verified", .green)
        }
    }
}

/// Colours where there are any.
struct Pen: Sendable {
    var style: NetworkPicture.Style

    enum Colour: String {
        case dim = "2"
        case bold = "1"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    func paint(_ text: String, _ colour: Colour) -> String {
        style == .plain ? text : "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m"
    }

    func link(_ rate: Double, _ forms: (busy: String, silent: String)) -> String {
        rate > 0 ? paint(forms.busy, .green) : paint(forms.silent, .dim)
    }

    func rate(_ rate: Double) -> String { rate > 0 ? readableRate(rate) : "silent" }
}

extension String {
    func leftPadded(to width: Int) -> String { String(repeating: " ", count: Swift.max(0, width - count)) + self }
}
