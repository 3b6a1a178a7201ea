import Glibc
import LinuxSystem
import UpdateTrust

/// The files of an update in the making.
struct DownloadFiles {
    /// The file itself: source symbols at their places.
    let file: SharedFile
    /// Repair symbols, and which source symbols are in the file.
    let journal: ReceptionJournal
    /// Symbols in quarantine, by slot.
    let scratch: SharedFile

    /// Makes room for an update, or opens what an earlier run has left.
    ///
    /// - Throws: `UpdateFailure`; nothing is left at the place then.
    init(_ manifest: UpdateManifest, place: OutputPlace, state: StateDirectory) throws {
        let object = manifest.object.description
        state.removeStale(except: manifest.object, place)
        let path = state.journal(manifest.object, place)
        let begun = try place.reopen(object)
        do throws(SystemError) {
            journal = try ReceptionJournal(path: path, manifest)
            scratch = try state.scratch()
        } catch {
            throw UpdateFailure(error, advice: "see --state")
        }
        if let begun, try begun.size() == manifest.size {
            file = begun
            return
        }
        // Its descriptor would keep the lock.
        _ = consume begun
        file = try place.create(object)
        do throws(SystemError) {
            try journal.clear()
            try file.reserve(manifest.size)
        } catch {
            place.remove(object)
            unlink(path)
            let advice: String? =
                switch error.errno {
                case ENOSPC, EDQUOT: "make room for the update and its file in the making"
                case EFBIG: "raise the limit on the size of files, see ulimit -f"
                default: nil
                }
            throw UpdateFailure(error, advice: advice)
        }
    }
}
