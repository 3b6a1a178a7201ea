import Glibc
import LinuxSystem
import UpdateTrust

/// What waits for the disk, on a thread of its own.
struct DiskWork: Sendable {
    enum Task: Sendable {
        case syncData
        case syncJournal
        /// Remembers the update as accepted, makes the file appear, removes the journal.
        case publish
    }

    enum Result: Sendable {
        case dataSynced
        case published
        case failed(UpdateFailure)
    }

    let file: SharedFile
    let journal: SharedFile
    let scratch: SharedFile
    let place: OutputPlace
    let update: AcceptedUpdate
    /// Who signed it; nil if nobody.
    let key: KeyID?
    let rollback: AntiRollback

    func worker(report: @escaping @Sendable (Result) -> Void) throws(SystemError) -> Worker<Task> {
        try Worker { queue in
            while let task = queue.next() {
                do {
                    switch task {
                    case .syncData:
                        try file.sync()
                        report(.dataSynced)
                    case .syncJournal: try journal.sync()
                    case .publish:
                        try publish()
                        return report(.published)
                    }
                } catch let error as SystemError {
                    return report(.failed(UpdateFailure(error)))
                } catch {
                    return report(.failed(UpdateFailure(.failed, "\(error)")))
                }
            }
        }
    }

    /// Remembered first: if this stops half-way, the same update is taken again, and never an older one.
    private func publish() throws {
        if let key {
            do { try rollback.record(update, from: key) } catch {
                // The file is whole: if that was for want of room, this makes some.
                try file.sync()
                try journal.truncate(to: 0)
                try scratch.truncate(to: 0)
                try rollback.record(update, from: key)
            }
        }
        try place.publish(file, update.object.description)
        unlink(journal.path)
    }
}
