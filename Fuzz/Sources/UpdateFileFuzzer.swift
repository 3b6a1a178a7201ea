import Glibc
import UpdateTrust

/// An update file as a sender opens it.
func fuzzUpdateFile(_ octets: UnsafeRawBufferPointer) {
    let file = memfd_create("update", UInt32(MFD_CLOEXEC))
    defer { close(file) }
    guard file >= 0, write(file, octets.baseAddress, octets.count) == octets.count else { return }
    guard let reader = try? UpdateFileReader(path: "/proc/self/fd/\(file)") else { return }
    require(UInt64(octets.count) > reader.manifest.size, "the file is in it, and more")
    guard let tree = try? reader.verify() else { return }
    require(tree.root == reader.manifest.root, "what verifies has the root that its manifest names")
}
