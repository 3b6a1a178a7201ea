/// What a method has answered: the parameters of one reply.
public struct VarlinkReply: Equatable, Sendable {
    /// The parameters as they came: JSON text of an object, without line breaks if the service writes none.
    public var octets: [UInt8]
    /// Whether more replies follow.
    public var continues: Bool

    /// The parameters as a value; unknown members are ignored.
    public func decode<T: Decodable>(_ type: T.Type) throws(VarlinkError) -> T {
        try Varlink.decode(type, from: octets)
    }
}
