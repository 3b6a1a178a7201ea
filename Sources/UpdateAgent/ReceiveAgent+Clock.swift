import LinuxNetwork
import Timing
import UpdateTrust

// What is due, and what is reported.
extension ReceiveAgent {
    func tick() {
        let now = Instant.now
        for due in schedule.take(at: now) {
            switch due {
            case .timeout:
                guard let failure = timedOut() else { continue }
                return finish(.failure(failure))
            case .report:
                guard case .receiving(let download) = stage else { continue }
                if let refusal = selection.refusalOfCurrent(wallClock: options.wallClock()) {
                    lapse(refusal)
                    continue
                }
                download.flush()
                tell(.progress)
                schedule.beginReports(at: now)
            case .listen: join()
            case .rest:
                if case .listening = stage { rest() }
            case .network: examineNetwork()
            case .retry: feed(.tick)
            }
        }
        clock?.arm(at: schedule.next)
    }

    /// Why there is nothing; nil if what is going on is about to be done.
    func timedOut() -> UpdateFailure? {
        switch stage {
        case .running, .comparing: return nil
        case .receiving(let download):
            guard !download.isSatisfied else { return nil }
            return ReceiveTimeout(download, hasHeard: heard > 0, trouble: membership.trouble).failure
        case .listening: break
        }
        return ReceiveSilence(
            group: options.group, port: options.port, interface: membership.interface, trouble: membership.trouble,
            refusal: selection.worst, early: early, malformed: malformed
        ).failure
    }

    func tell(_ event: ReceiveReport.Event, error: String? = nil) {
        let now = Instant.now
        var line = ReceiveReport(event: event, interface: membership.interface)
        line.rejected = malformed + selection.rejected
        if let manifest = update?.manifest {
            line.objectID = manifest.object.description
            line.sequence = manifest.sequence
            line.size = manifest.size
            line.fileName = manifest.label.fileName
            line.needed = manifest.layout.object.symbolCount
        }
        if case .receiving(let download) = stage {
            line.received = download.received
            line.rejected += download.forged
            line.loss = download.lossShare
            let isEnd = event == .complete
            let octets = isEnd ? download.manifest.size : download.taken - told.octets
            if isEnd { line.transfer = now - begun }
            let seconds = (now - (isEnd ? begun : told.at)).inSeconds
            line.rate = seconds > 0 ? Double(octets) * 8 / seconds : 0
            told = (download.taken, now)
        } else if event == .complete {
            line.received = line.needed
        }
        line.seconds = (now - started).inSeconds
        line.error = error
        report(line)
    }
}
