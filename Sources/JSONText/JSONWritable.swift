/// A value that can write itself as JSON.
public protocol JSONWritable {
    /// Writes exactly one JSON value.
    func write(to json: inout JSONWriter)
}

extension String: JSONWritable {
    @inlinable public func write(to json: inout JSONWriter) { json.string(self) }
}

extension Bool: JSONWritable {
    @inlinable public func write(to json: inout JSONWriter) { json.bool(self) }
}

extension Int: JSONWritable {
    @inlinable public func write(to json: inout JSONWriter) { json.integer(Int64(self)) }
}

extension UInt64: JSONWritable {
    @inlinable public func write(to json: inout JSONWriter) { json.integer(self) }
}

extension Double: JSONWritable {
    @inlinable public func write(to json: inout JSONWriter) { json.number(self) }
}

/// nil is null.
extension Optional: JSONWritable where Wrapped: JSONWritable {
    @inlinable public func write(to json: inout JSONWriter) {
        if let self { self.write(to: &json) } else { json.null() }
    }
}

extension Array: JSONWritable where Element: JSONWritable {
    @inlinable public func write(to json: inout JSONWriter) {
        json.list { json in
            for element in self { element.write(to: &json) }
        }
    }
}

/// An enumeration of names is written as its name.
extension JSONWritable where Self: RawRepresentable, RawValue == String {
    @inlinable public func write(to json: inout JSONWriter) { json.string(rawValue) }
}
