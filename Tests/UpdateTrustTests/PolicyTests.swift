import Testing

@testable import UpdateTrust

@Suite("What a receiver demands of a manifest")
struct PolicyTests {
    private let now = UTCTime(seconds: 1_700_000_000)!

    private func refusal(
        _ policy: ManifestPolicy = ManifestPolicy(), at time: UTCTime? = nil, accepted: AcceptedUpdate? = nil
    ) throws -> ManifestRefusal? {
        let manifest = try Sample.manifest()
        do throws(ManifestRefusal) {
            try policy.check(manifest, now: time ?? now, accepted: accepted)
            return nil
        } catch {
            return error
        }
    }

    @Test("A manifest that nothing speaks against is accepted")
    func accepted() throws {
        let same = AcceptedUpdate(sequence: 7, object: try Sample.manifest().object)
        #expect(try refusal() == nil)
        #expect(try refusal(ManifestPolicy(vendor: "acme", deviceClass: "gateway", maximumSize: 100_000)) == nil)
        #expect(try refusal(accepted: AcceptedUpdate(sequence: 6, object: UpdateID([UInt8](0..<16))!)) == nil)
        #expect(try refusal(accepted: same) == nil)
    }

    @Test("Expiry counts the second it names")
    func expiry() throws {
        let last = UTCTime(seconds: 1_800_000_000)!
        let after = UTCTime(seconds: 1_800_000_001)!
        #expect(try refusal(at: last) == nil)
        #expect(try refusal(at: after) == .expired(notAfter: last, now: after))
    }

    @Test("An older sequence, and another object of the same, are refused")
    func rollback() throws {
        let other = UpdateID([UInt8](0..<16))!
        #expect(
            try refusal(accepted: AcceptedUpdate(sequence: 8, object: Sample.manifest().object))
                == .olderSequence(7, accepted: 8))
        #expect(try refusal(accepted: AcceptedUpdate(sequence: 7, object: other)) == .otherObject(sequence: 7))
    }

    @Test("Another vendor, another class and too large a file are refused")
    func label() throws {
        #expect(try refusal(ManifestPolicy(vendor: "ACME")) == .wrongVendor("acme", wanted: "ACME"))
        #expect(try refusal(ManifestPolicy(deviceClass: "sensor")) == .wrongClass("gateway", wanted: "sensor"))
        #expect(try refusal(ManifestPolicy(maximumSize: 99_999)) == .tooLarge(100_000, limit: 99_999))
        let bare = UpdateManifest(
            layout: try Sample.layout(1), hash: Sample.hash, root: Sample.root, sequence: 1)
        #expect(throws: ManifestRefusal.wrongVendor(nil, wanted: "acme")) {
            try ManifestPolicy(vendor: "acme").check(bare, now: now, accepted: nil)
        }
    }

    @Test("Each reason has words of its own, and says what can be done")
    func words() throws {
        let key = Sample.key().publicKey.id
        let refusals: [ManifestRefusal] = [
            .malformed("x"), .newerVersion(2), .unsigned, .wrongKey(key), .signed(key), .badSignature(key),
            .expired(notAfter: now, now: now), .olderSequence(1, accepted: 2), .otherObject(sequence: 1),
            .wrongVendor(nil, wanted: "a"), .wrongClass(nil, wanted: "a"), .tooLarge(2, limit: 1),
        ]
        #expect(Set(refusals.map(\.description)).count == refusals.count)
        #expect(refusals.allSatisfy { !$0.description.contains("\n") })
    }

    @Test(
        "Times are read and written in the form of RFC 3339",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
            ("1970-01-01T00:00:00+00:00", 0, "1970-01-01T00:00:00Z"),
            ("1999-12-31T23:59:59Z", 946_684_799, "1999-12-31T23:59:59Z"),
            ("2000-02-29T12:00:00Z", 951_825_600, "2000-02-29T12:00:00Z"),
            ("2024-02-29T23:59:59.999Z", 1_709_251_199, "2024-02-29T23:59:59Z"),
            ("2027-01-15t09:30:00+01:30", 1_800_000_000, "2027-01-15T08:00:00Z"),
            ("2027-01-14 23:30:00-08:30", 1_800_000_000, "2027-01-15T08:00:00Z"),
            ("2016-12-31T23:59:60Z", 1_483_228_800, "2017-01-01T00:00:00Z"),
            ("2100-03-01T00:00:00Z", 4_107_542_400, "2100-03-01T00:00:00Z"),
            ("9999-12-31T23:59:59Z", 253_402_300_799, "9999-12-31T23:59:59Z"),
        ] as [(String, UInt64, String)])
    func times(text: String, seconds: UInt64, written: String) throws {
        let time = try #require(UTCTime(text))
        #expect(time.seconds == seconds)
        #expect(time.description == written)
    }

    @Test("Every day is written as it is read")
    func days() {
        for day in stride(from: UInt64(0), to: 253_402_300_800 / 86_400, by: 997) {
            let time = UTCTime(seconds: day * 86_400 + day % 86_400)
            #expect(time.flatMap { UTCTime($0.description) } == time)
        }
    }

    @Test(
        "What is no time is refused",
        arguments: [
            "", "2027-01-15", "2027-01-15T08:00:00", "2027-01-15T08:00:00Zz", "2027-13-01T00:00:00Z",
            "2027-00-01T00:00:00Z", "2027-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2027-04-31T00:00:00Z",
            "2027-01-00T00:00:00Z", "2027-01-01T24:00:00Z", "2027-01-01T00:60:00Z", "2027-01-01T00:00:61Z",
            "2027-01-01T00:00:00.Z", "2027-01-01T00:00:00+24:00", "2027-01-01T00:00:00+0100", "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2027-1-1T00:00:00Z", "٢027-01-01T00:00:00Z",
        ])
    func noTimes(text: String) { #expect(UTCTime(text) == nil) }
}
