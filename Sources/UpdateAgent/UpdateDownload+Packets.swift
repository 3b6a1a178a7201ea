import IPv6
import LinuxSystem
import UpdateTransport
import UpdateTrust

// Each packet is verified, then written.
extension UpdateDownload {
    /// A packet that claims to carry a symbol.
    func handle(symbol: RawSpan, block: Int, esi: Int, from source: IPv6Address, session: UInt64) {
        guard !isOver else { return }
        switch reception.handle(symbol, block: block, esi: esi, from: source, using: &random) {
        case .verified:
            loss.heard(session: session, block: block, esi: esi)
            store(symbol, block, esi)
        case .quarantined(let slot):
            loss.heard(session: session, block: block, esi: esi)
            // Without room it is lost; what is in the slot is compared with its leaf again.
            try? files.scratch.write(symbol, at: UInt64(slot) * UInt64(symbol.byteCount))
        case .duplicate: loss.heard(session: session, block: block, esi: esi)
        case .redundant: break
        case .forged, .malformed: forged += 1
        }
    }

    /// A packet that claims to carry hashes.
    func handle(hashes: RawSpan, at hashPlace: HashPacketPlace) {
        guard !isOver else { return }
        switch reception.handle(hashes: hashes, at: hashPlace) {
        case .learned(let symbols):
            for esi in symbols { resolve(hashPlace.block, esi) }
        case .kept, .redundant: break
        case .malformed, .forged: forged += 1
        }
    }

    /// Takes a symbol out of quarantine, now that its leaf is known.
    func resolve(_ block: Int, _ esi: Int) {
        let found = reception.resolve(block: block, esi: esi)
        forged += UInt64(found.wrong)
        guard let slot = found.right, !isOver else { return }
        let offset = UInt64(slot) * UInt64(symbol.count)
        var octets = [UInt8]()
        swap(&octets, &symbol)
        defer { swap(&octets, &symbol) }
        guard (try? files.scratch.read(into: &octets, at: offset)) == octets.count,
            reception.isRight(octets.span.bytes, block: block, esi: esi)
        else { return }
        store(octets.span.bytes, block, esi)
    }

    /// Writes a verified symbol.
    func store(_ symbol: RawSpan, _ block: Int, _ esi: Int) {
        let layout = reception.layout
        if esi < layout.sourceSymbols(block) {
            let extent = layout.extent(block: block, esi: esi)
            do throws(SystemError) {
                try files.file.write(symbol.extracting(first: extent.length), at: extent.offset)
            } catch {
                return fail(UpdateFailure(error))
            }
            unsaved.insert(UInt32(layout.firstSymbol(block) + esi))
            reception.insertSource(block: block, esi: esi)
        } else if let leaf = reception.leaf(block: block, esi: esi) {
            do throws(SystemError) {
                let place = try files.journal.append(symbol, block: block, esi: esi, leaf: leaf)
                reception.insertRepair(block: block, esi: esi, place: place)
                unsaved.journalChanged()
                journalTrouble.settle()
            } catch {
                // It goes on with source symbols alone.
                return journalTrouble.raise("\(error); repair symbols are not kept", to: log)
            }
        }
        taken += UInt64(symbol.byteCount)
        changed(block)
    }
}
