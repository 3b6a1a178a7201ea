import Glibc
import LinuxSystem
import Timing
import UpdateTrust

// What a manifest leads to: a download, and what becomes of it.
extension ReceiveAgent {
    func takeUp(_ manifest: UpdateManifest, _ key: KeyID?) throws {
        dropDownload()
        update = (manifest, key)
        begun = .now
        guard let existing = place.existing(size: manifest.size) else { return startDownload() }
        stage = .comparing(
            try FileComparison(existing, size: manifest.size, with: manifest.hash, on: loop) { [weak self] isSame in
                self?.compared(isSame)
            })
    }

    func compared(_ isSame: Bool) {
        guard isSame, let update else { return startDownload() }
        stage = .listening
        do throws(StateError) {
            if let key = update.key {
                try AntiRollback(directory: state.path).record(
                    AcceptedUpdate(sequence: update.manifest.sequence, object: update.manifest.object), from: key)
            }
        } catch {
            return fail(UpdateFailure(.failed, error.description))
        }
        tell(.complete)
        state.isCommandDone(update.manifest.object, place) ? done() : runCommand()
    }

    func startDownload() {
        guard let (manifest, key) = update else { return }
        do {
            let download = try UpdateDownload(
                manifest, key: key, place: place, state: state, on: loop, log: log
            ) { [weak self] event in self?.handle(event) }
            stage = .receiving(download)
            heard = 0
            told = (0, .now)
            tell(.manifest)
            schedule.beginReports(at: .now)
            clock?.arm(at: schedule.next)
        } catch {
            stage = .listening
            fail(error as? UpdateFailure ?? UpdateFailure(.failed, "\(error)"))
        }
    }

    func handle(_ event: UpdateDownload.Event) {
        switch event {
        case .satisfied:
            leave()
            log.debug("no more packets are needed")
        case .unsatisfied:
            join()
            log.debug("a few more packets are needed")
        case .complete:
            tell(.complete)
            runCommand()
        case .damaged:
            log.warning("what an earlier run had left of \(options.output) was damaged; it is received again")
            dropDownload()
            join()
            startDownload()
        case .failed(let failure): fail(failure)
        }
    }

    /// Gives up what is being received; what has come of it is of no use any more.
    func dropDownload() {
        if case .receiving(let download) = stage {
            malformed += download.forged
            download.discard()
        }
        stage = .listening
    }

    /// What is being received must not be taken any longer. What has come is kept: the clock may be wrong now.
    func lapse(_ refusal: ManifestRefusal) {
        log.warning("no longer received: \(refusal)")
        if case .receiving(let download) = stage {
            malformed += download.forged
            download.close()
        }
        stage = .listening
        selection.forget()
        join()
    }

    func runCommand() {
        guard let update, !options.command.isEmpty else { return done() }
        do {
            let run = try CommandRun(
                options.command, for: update.manifest, key: update.key, file: options.output,
                output: options.commandOutput, on: loop
            ) { [weak self] exit in self?.commandEnded(exit) }
            stage = .running(run)
        } catch {
            fail(UpdateFailure(error, advice: "the update is at \(options.output)"))
        }
    }

    func commandEnded(_ exit: ChildProcess.Exit) {
        guard exit == .code(0), let object = update?.manifest.object else {
            return fail(
                UpdateFailure(.failed, "\(options.command[0]) \(exit); the update is at \(options.output)"),
                isHere: true)
        }
        do { try state.recordCommand(object, place) } catch { log.warning("\(error); the command may be run again") }
        done()
    }

    func done() {
        stage = .listening
        schedule.hasCompleted = true
        guard options.follows else { return finish(.success(())) }
        rest()
    }

    func rest() {
        if schedule.rest(at: .now) { leave() } else { join() }
        clock?.arm(at: schedule.next)
    }

    /// - Parameter isHere: the update itself is, so there is nothing to try again.
    func fail(_ failure: UpdateFailure, isHere: Bool = false) {
        guard options.follows else { return finish(.failure(failure)) }
        tell(.failed, error: failure.description)
        log.warning("\(failure)")
        if isHere { return done() }
        if case .receiving(let download) = stage { malformed += download.forged }
        stage = .listening
        selection.forget()
        schedule.pause(at: .now)
        join()
    }

    func finish(_ outcome: Result<Void, any Error>) {
        guard result == nil else { return }
        result = outcome
        loop.stop()
    }
}
