/// A reply that can be shown to a person.
public protocol Displayable {
    /// Lines, each with its line break.
    var displayText: String { get }
}
