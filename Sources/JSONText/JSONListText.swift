/// An object with one list, whose elements are written one after the other by whoever must not do it all at once.
public struct JSONListText: JSONWritable, Sendable {
    private let member: String
    private var elements = JSONWriter()

    /// - Parameter member: the list's name in the object.
    public init(member: String) { self.member = member }

    public mutating func append(_ element: some JSONWritable) { element.write(to: &elements) }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(member, List(elements: elements.octets))
        }
    }

    private struct List: JSONWritable {
        let elements: [UInt8]
        func write(to json: inout JSONWriter) {
            json.list { json in
                if !elements.isEmpty { json.raw(elements) }
            }
        }
    }
}
