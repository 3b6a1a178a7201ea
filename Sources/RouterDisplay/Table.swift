/// Text in columns, as wide as their widest cell, two spaces apart.
public struct Table: Sendable {
    /// A column's heading, and whether its cells stand at the right, as numbers do.
    public struct Column: Sendable, ExpressibleByStringLiteral {
        public var heading: String
        public var isNumber: Bool

        public init(stringLiteral heading: String) {
            self.heading = heading
            isNumber = false
        }

        /// Right-aligned.
        public static func number(_ heading: String) -> Column {
            var column = Column(stringLiteral: heading)
            column.isNumber = true
            return column
        }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    public init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row; an empty or missing cell becomes `-`.
    public mutating func add(_ cells: [String]) {
        rows.append(
            columns.indices.map { index in
                let cell = index < cells.count ? printable(cells[index]) : ""
                return cell.isEmpty ? "-" : cell
            })
    }

    /// The lines, the headings first, no spaces at their ends.
    public var text: String {
        let headings = columns.map(\.heading)
        var widths = headings.map(\.unicodeScalars.count)
        for row in rows {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.unicodeScalars.count) }
        }
        var text = ""
        for row in [headings] + rows {
            var owed = 0  // spaces that are written only if something follows
            for (index, cell) in row.enumerated() {
                let padding = widths[index] - cell.unicodeScalars.count
                if columns[index].isNumber { owed += padding }
                text += String(repeating: " ", count: owed) + cell
                owed = 2 + (columns[index].isNumber ? 0 : padding)
            }
            text += "\n"
        }
        return text
    }

    /// Names with their values, one a line.
    public static func list(_ pairs: [(name: String, value: String)]) -> String {
        let width = pairs.map(\.name.unicodeScalars.count).max() ?? 0
        return pairs.map { name, value in
            let padding = String(repeating: " ", count: width - name.unicodeScalars.count + 2)
            return name + padding + (value.isEmpty ? "-" : printable(value)) + "\n"
        }.joined()
    }
}

/// Text that stays on its line and gives a terminal no orders.
func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "?" : $0 }))
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) }
