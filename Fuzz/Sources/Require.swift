import Glibc

/// Ends the process, as a finding of libFuzzer, unless `condition` holds.
func require(_ condition: Bool, _ statement: @autoclosure () -> String) {
    guard !condition else { return }
    let line = Array("does not hold: \(statement())\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    abort()
}
