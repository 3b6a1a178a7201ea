import Testing
import Timing

@testable import NetworkLab

@Suite("Results of deliveries")
struct DeliveryResultsTests {
    private func result(complete: Int = 8, wrong: Int = 0, sent: Int) -> DeliveryResult {
        var result = DeliveryResult()
        (result.complete, result.wrong, result.sentOctets) = (complete, wrong, sent)
        return result
    }

    private func results(_ all: [DeliveryResult], _ method: DeliveryMethod = .lcupdate) -> DeliveryResults {
        DeliveryResults(DeliveryTask(files: DeliveryFiles(absentOfSize: 1 << 20)), method, all)
    }

    @Test("the median is of the deliveries in which every receiver got the right file")
    func median() throws {
        let some = results([
            result(sent: 30), result(complete: 7, sent: 1), result(sent: 10), result(wrong: 1, sent: 2),
            result(sent: 20),
        ])
        let median = try #require(some.median { Double($0.sentOctets) })
        #expect(median.middle == 20 && median.lowest == 10 && median.highest == 30)
        #expect(results([result(complete: 0, sent: 1)]).median { Double($0.sentOctets) } == nil)
    }

    @Test("a wrong file is a goal that lcupdate has not met", arguments: [DeliveryMethod.lcupdate, .uftp])
    func success(method: DeliveryMethod) throws {
        var report = BenchmarkReport()
        results([result(sent: 1), result(wrong: 1, sent: 1)], method).addSuccess(to: &report, section: "s")
        let figure = try #require(report.figures.first)
        #expect(figure.value == 15 && figure.isMet == (method == .lcupdate ? false : nil))
        #expect(figure.note == "of 16; 1 differ")
    }

    @Test("the limit is the file and what is lost", arguments: [(0, 1.0), (10, 1 / 0.99), (200, 1.25)])
    func limit(loss: Int, factor: Double) {
        var task = DeliveryTask(files: DeliveryFiles(absentOfSize: 1 << 20))
        task.lossPerMille = loss
        #expect(abs(task.limit - Double(1 << 20) * factor) < 1)
    }

    @Test("two senders share the rate, and begin anywhere or half a lap apart")
    func shared() {
        var task = DeliveryTask(files: DeliveryFiles(absentOfSize: 1))
        #expect(task.start(ofSender: 0) == "beginning")
        task.senders = 2
        #expect(task.shared.rate == 50_000_000 && task.start(ofSender: 1) == "random")
        task.startsAtRandom = false
        #expect([0, 1].map { task.start(ofSender: $0) } == ["0%", "50%"])
        task.rate = nil
        #expect(task.shared.rate == nil)
    }
}
