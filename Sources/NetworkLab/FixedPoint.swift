import Timing

extension Double {
    /// With so many digits behind the point.
    func fixed(_ digits: Int) -> String {
        guard isFinite, magnitude < 1e15 else { return "\(self)" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((magnitude * scale).rounded())
        let whole = scaled / Int64(scale)
        guard digits > 0 else { return (self < 0 ? "-" : "") + "\(whole)" }
        let rest = String(scaled % Int64(scale))
        return (self < 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: digits - rest.count) + rest
    }
}

extension Duration {
    /// "0.42 ms" or, from one second on, "2.10 s".
    var readable: String { self < .seconds(1) ? "\((inSeconds * 1000).fixed(2)) ms" : "\(inSeconds.fixed(2)) s" }
}

extension String {
    /// At least so many characters, filled up with spaces.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
}

/// "20.0 Mbit/s"
func readableRate(_ bitsPerSecond: Double) -> String {
    bitsPerSecond >= 1e9 ? "\((bitsPerSecond / 1e9).fixed(2)) Gbit/s" : "\((bitsPerSecond / 1e6).fixed(1)) Mbit/s"
}

/// "8.0 MB"
func readableSize(_ octets: Int) -> String {
    octets < 1_000_000 ? "\((Double(octets) / 1e3).fixed(1)) kB" : "\((Double(octets) / 1e6).fixed(1)) MB"
}
