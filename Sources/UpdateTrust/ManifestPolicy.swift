/// What a receiver demands of a manifest besides its signature.
public struct ManifestPolicy: Sendable {
    /// Only updates for this vendor; nil takes any.
    public var vendor: String?
    /// Only updates for this class of devices; nil takes any.
    public var deviceClass: String?
    /// Octets of the largest file.
    public var maximumSize: UInt64

    public init(vendor: String? = nil, deviceClass: String? = nil, maximumSize: UInt64 = ObjectLayout.maximumSize) {
        self.vendor = vendor
        self.deviceClass = deviceClass
        self.maximumSize = maximumSize
    }

    /// Refuses what must not be received.
    ///
    /// - Parameters:
    ///   - now: the wall clock.
    ///   - accepted: what was accepted last from the same key, if anything.
    public func check(
        _ manifest: UpdateManifest, now: UTCTime, accepted: AcceptedUpdate?
    ) throws(ManifestRefusal) {
        if let wanted = vendor, manifest.label.vendor != wanted {
            throw .wrongVendor(manifest.label.vendor, wanted: wanted)
        }
        if let wanted = deviceClass, manifest.label.deviceClass != wanted {
            throw .wrongClass(manifest.label.deviceClass, wanted: wanted)
        }
        try checkExpiry(manifest, now: now)
        if let accepted {
            guard manifest.sequence >= accepted.sequence else {
                throw .olderSequence(manifest.sequence, accepted: accepted.sequence)
            }
            if manifest.sequence == accepted.sequence && manifest.object != accepted.object {
                throw .otherObject(sequence: accepted.sequence)
            }
        }
        guard manifest.size <= maximumSize else { throw .tooLarge(manifest.size, limit: maximumSize) }
    }

    /// Refuses what has expired.
    public func checkExpiry(_ manifest: UpdateManifest, now: UTCTime) throws(ManifestRefusal) {
        if let notAfter = manifest.notAfter, now > notAfter { throw .expired(notAfter: notAfter, now: now) }
    }
}

/// What was accepted last from a key.
public struct AcceptedUpdate: Hashable, Sendable {
    public let sequence: UInt64
    public let object: UpdateID

    public init(sequence: UInt64, object: UpdateID) {
        self.sequence = sequence
        self.object = object
    }
}
