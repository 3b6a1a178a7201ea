import IPv6
import MLD

/// Whatever is accepted can be written, and reads back as the same.
func fuzzMLDMessages(_ octets: RawSpan) {
    if let query = try? MLDQuery(parsing: octets) {
        let written = query.encoded(from: .unspecified, to: query.destination)
        require(written.count == query.encodedLength && written.count <= octets.byteCount, "a query's length")
        require((try? MLDQuery(parsing: written.span.bytes)) == query, "a query written and read is the same")
    }
    if let message = try? MLDv1Message(parsing: octets) {
        let written = message.encoded(from: .unspecified, to: message.group)
        require((try? MLDv1Message(parsing: written.span.bytes)) == message, "a message written and read is the same")
    }
    guard var view = try? MLDReportView(parsing: octets) else { return }
    let announced = view.remaining
    let (records, isKnown) = readRecords(&view, octets)
    require(records.count == announced, "every record is read")
    guard isKnown else { return }
    let written = MLDReport(records).encoded(from: .unspecified, to: .allMLDv2Routers)
    guard var again = try? MLDReportView(parsing: written.span.bytes) else {
        return require(false, "a report that was written can be read")
    }
    require(readRecords(&again, written.span.bytes).records == records, "a report written and read is the same")
}

/// The records of a report, and whether all are of a known type.
private func readRecords(_ view: inout MLDReportView, _ octets: RawSpan)
    -> (records: [MLDReport.Record], isKnown: Bool)
{
    var records: [MLDReport.Record] = []
    var isKnown = true
    while let record = view.next(in: octets) {
        if record.kind == nil { isKnown = false }
        let sources = (0..<record.sources.count).map { record.sources.address(at: $0, in: octets) }
        records.append(.init(record.kind ?? .block, record.group, sources))
    }
    return (records, isKnown)
}
