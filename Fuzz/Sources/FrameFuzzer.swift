import IPv6

/// A frame as of each link type, and then as the packet that is in it.
func fuzzFrame(_ octets: RawSpan) {
    for linkLayer in LinkLayer.allCases {
        guard case .ipv6(let offset, let link) = linkLayer.content(of: octets) else { continue }
        require((0...octets.byteCount).contains(offset), "\(linkLayer): a packet begins within its frame")
        require(!link.description.isEmpty, "a link has a name")
        fuzzIPv6(octets.extracting(offset..<octets.byteCount))
    }
}
