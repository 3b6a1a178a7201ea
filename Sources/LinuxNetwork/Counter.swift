/// A count kept by a method that must not need exclusive access to its owner, whose body may call back.
final class Counter {
    var value = 0
}
