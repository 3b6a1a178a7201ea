import LinuxSystem
import UpdateAgent
import UpdateTrust

extension UpdateFailure {
    /// What signatures and update files go wrong with, as an exit code: 76 for what cannot be verified, 1 for the rest.
    init(_ error: UpdateFileError) {
        switch error {
        case .notAnUpdate, .damaged, .manifest: self.init(.unverifiable, error.description)
        default: self.init(.failed, error.description)
        }
    }

    /// A refusal of what a file holds.
    init(_ refusal: ManifestRefusal, of path: String) { self.init(.unverifiable, "\(path): \(refusal)") }

    init(_ error: KeyError) { self.init(.failed, error.description) }

    init(_ error: StateError) { self.init(.failed, error.description) }
}

extension Output {
    /// Runs a command that makes or reads keys and update files; an error becomes one line on standard error and the exit
    /// code.
    func reportingTrustErrors(_ body: () throws -> Void) throws {
        try reportingErrors {
            do {
                try body()
            } catch let error as UpdateFileError {
                throw UpdateFailure(error)
            } catch let error as KeyError {
                throw UpdateFailure(error)
            } catch let error as StateError {
                throw UpdateFailure(error)
            }
        }
    }
}
