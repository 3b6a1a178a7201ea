/// Octets of a file in one byte order.
struct FileText {
    var bigEndian = false
    var octets: [UInt8] = []

    init(bigEndian: Bool = false) { self.bigEndian = bigEndian }

    mutating func add(_ value: UInt32) {
        withUnsafeBytes(of: bigEndian ? value.bigEndian : value.littleEndian) { octets += $0 }
    }

    mutating func add(_ values: UInt16...) {
        for value in values { withUnsafeBytes(of: bigEndian ? value.bigEndian : value.littleEndian) { octets += $0 } }
    }

    private mutating func block(_ type: UInt32, _ body: (inout FileText) -> Void) {
        var inside = FileText(bigEndian: bigEndian)
        body(&inside)
        inside.octets += [UInt8](repeating: 0, count: (4 - inside.octets.count % 4) % 4)
        let length = UInt32(inside.octets.count + 12)
        add(type)
        add(length)
        octets += inside.octets
        add(length)
    }

    mutating func addSection() {
        block(0x0a0d_0d0a) { body in
            body.add(0x1a2b_3c4d)
            body.add(UInt16(1), UInt16(0))
            body.add(UInt32.max)
            body.add(UInt32.max)
        }
    }

    /// With times in nanoseconds.
    mutating func addInterface(linkType: UInt16, snapLength: UInt32 = 262_144, resolution: UInt8 = 9) {
        block(1) { body in
            body.add(linkType, 0)
            body.add(snapLength)
            body.add(UInt16(9), UInt16(1))  // if_tsresol
            body.octets += [resolution, 0, 0, 0]
            body.add(UInt16(0), UInt16(0))
        }
    }

    mutating func addPacket(_ frame: SampleCapture.Frame, interface: UInt32) {
        block(6) { body in
            body.add(interface)
            body.add(UInt32(frame.time >> 32))
            body.add(UInt32(truncatingIfNeeded: frame.time))
            body.add(UInt32(frame.octets.count))
            body.add(UInt32(frame.length))
            body.octets += frame.octets
        }
    }
}
