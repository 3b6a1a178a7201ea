/// A JSON list whose elements are written one after the other, by whoever must not do it all at once.
public struct JSONListText: JSONWritable, Sendable {
    private var elements = JSONWriter()

    public init() {}

    public mutating func append(_ element: some JSONWritable) { element.write(to: &elements) }

    public func write(to json: inout JSONWriter) {
        json.list { json in
            if !elements.octets.isEmpty { json.raw(elements.octets) }
        }
    }
}
