import JSONText

/// A time as it is written: to the microsecond.
struct Seconds: JSONWritable {
    let value: Double
    func write(to json: inout JSONWriter) { json.number(toSixDecimals: value) }
}

extension JSONWriter {
    mutating func member(_ key: some CodingKey, seconds: Double?) {
        member(key, seconds.map(Seconds.init))
    }
}
