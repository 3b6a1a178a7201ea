import Logging
import Timing

extension RouterAgent {
    /// Logs what a client, a host or another router has provoked, of each topic a few lines a minute.
    func logLimited(
        _ topic: LogTopic, level: Logger.Level = .warning, _ message: @autoclosure () -> Logger.Message,
        metadata: @autoclosure () -> Logger.Metadata = [:]
    ) {
        limitedLog.log(topic, level: level, message(), metadata: metadata(), at: .now, to: log)
    }
}
