import Glibc
import NetworkLab
import Synchronization

/// Prints figures as they come, under a heading for each section.
final class FigureTable: Sendable {
    private let section = Mutex("")

    func print(_ figure: BenchmarkReport.Figure) {
        section.withLock { section in
            if section != figure.section {
                Swift.print("\n\(figure.section)")
                section = figure.section
            }
            Swift.print(figure.line)
        }
        fflush(nil)
    }
}
