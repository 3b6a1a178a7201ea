import Glibc

/// Makes writes that cannot be done fail instead of ending the process: with EPIPE where nobody reads any more, with EFBIG
/// beyond the file size limit (RLIMIT_FSIZE). Programs that `ChildProcess` starts do not inherit it.
public func ignoreWriteSignals() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
}
