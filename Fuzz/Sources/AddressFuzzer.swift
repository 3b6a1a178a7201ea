import Glibc
import IPv6

/// The text of an address, here and in the C library: both accept and refuse the same, and mean the same. And prefixes.
func fuzzAddress(_ input: UnsafeRawBufferPointer) {
    let text = String(decoding: input, as: UTF8.self)
    let address = IPv6Address(text)
    if !text.utf8.contains(0) {
        var theirs = in6_addr()
        let accepted = inet_pton(AF_INET6, text, &theirs) == 1
        require(accepted == (address != nil), "\(text): accepted by one only, inet_pton \(accepted)")
        if let address {
            require(withUnsafeBytes(of: &theirs) { Array($0) } == address.octets, "\(text): not the same octets")
        }
    }
    if let prefix = IPv6Prefix(text) {
        require(IPv6Prefix(prefix.description) == prefix, "\(text) becomes \(prefix)")
        require(prefix.contains(prefix.address), "\(text) contains its own address")
    }
    guard let address else { return }
    require(IPv6Address(address.description) == address, "\(text) becomes \(address.description)")
}
