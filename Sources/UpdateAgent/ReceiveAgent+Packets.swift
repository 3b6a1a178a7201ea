import ALC
import IPv6
import LinuxNetwork
import LinuxSystem
import Timing
import UpdateTransport
import UpdateTrust

// From the socket to whoever a packet is for.
extension ReceiveAgent {
    func receive() {
        // Kept until its packets are dealt with: what they lead to may make the receiver leave.
        guard let socket else { return }
        do {
            // A bounded number of batches: signals and the clock must get their turn too.
            for _ in 0..<16 where result == nil && self.socket === socket {
                let count = try socket.receive { octets, source, isTruncated in
                    if isTruncated { malformed += 1 } else { handle(octets, from: source) }
                }
                if count < UDPMulticastReceiver.batchLimit { break }
            }
        } catch {
            feed(.broken(error))
        }
    }

    func handle(_ octets: RawSpan, from source: IPv6Address) {
        guard result == nil else { return }
        guard let packet = try? ALCPacket(parsing: octets) else {
            malformed += 1
            return
        }
        guard let id = packet.payloadID, let number = UInt32(exactly: packet.lct.toi),
            let object = SessionObject(rawValue: number)
        else { return }
        let payload = octets.extracting(packet.payload)
        let (block, esi) = (Int(id.sourceBlockNumber), id.encodingSymbolID)
        switch object {
        case .announcement: break
        case .manifest: handle(manifest: payload)
        case .update:
            guard case .receiving(let download) = stage else {
                early += 1
                return
            }
            guard download.manifest.object.isCarried(in: packet.lct.tsi) else { return }
            heard += 1
            download.handle(symbol: payload, block: block, esi: Int(esi), from: source, session: packet.lct.tsi)
        case .hashes:
            guard case .receiving(let download) = stage else {
                early += 1
                return
            }
            guard download.manifest.object.isCarried(in: packet.lct.tsi) else { return }
            heard += 1
            download.handle(hashes: payload, at: HashPacketPlace(block: block, esi: esi))
        }
    }

    func handle(manifest octets: RawSpan) {
        let now = Instant.now
        if schedule.isPaused(at: now) { return }
        if case .running = stage { return }
        let isIdle = if case .listening = stage { true } else { false }
        do {
            switch try selection.handle(octets, at: now, wallClock: options.wallClock(), isIdle: isIdle) {
            case .takeUp(let manifest, let key): try takeUp(manifest, key)
            case .refused(let refusal): refusals.log(refusal, at: now, to: log)
            case .known:
                if case .listening = stage, schedule.heardNothingNew() { clock?.arm(at: schedule.next) }
            case .older, .postponed: break
            }
        } catch {
            fail(error as? UpdateFailure ?? UpdateFailure(.failed, "\(error)"))
        }
    }
}
