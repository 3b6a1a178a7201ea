/// Which intermediate symbols make up an encoding symbol (RFC 6330 §5.3.5.3 and §5.3.5.4).
struct SymbolColumns {
    /// No symbol has more: 30 of the LT and 3 of the permanently inactive ones.
    static let maximumCount = 33
    private let parameters: BlockParameters
    private let a: UInt32
    private let b: UInt32
    private let w: UInt32
    private let p: UInt32
    private let p1: UInt32

    init(_ parameters: BlockParameters) {
        self.parameters = parameters
        let a = 53591 + parameters.systematicIndex * 997
        self.a = a | 1
        b = 10267 * (parameters.systematicIndex + 1)
        w = UInt32(parameters.ltSymbols)
        p = UInt32(parameters.piSymbols)
        p1 = UInt32(parameters.piPrime)
    }

    /// The columns of internal symbol id `x`, all different: LT symbols first, then two or three permanently inactive ones.
    @inline(__always)
    func forEach(_ x: UInt32, _ body: (Int) -> Void) {
        let y = b &+ x &* a
        let degree = min(Self.degree(rand(y, 0, 1 << 20)), w - 2)
        let step = 1 + rand(y, 1, w - 1)
        var column = rand(y, 2, w)
        let inactiveDegree = degree < 4 ? 2 + rand(x, 3, 2) : 2
        let inactiveStep = 1 + rand(x, 4, p1 - 1)
        var inactive = rand(x, 5, p1)
        body(Int(column))
        for _ in 1..<degree {
            column += step
            if column >= w { column -= w }
            body(Int(column))
        }
        for index in 0..<inactiveDegree {
            if index > 0 {
                inactive += inactiveStep
                if inactive >= p1 { inactive -= p1 }
            }
            while inactive >= p {
                inactive += inactiveStep
                if inactive >= p1 { inactive -= p1 }
            }
            body(Int(w + inactive))
        }
    }

    /// `Deg[v]` without its cap (RFC 6330 §5.3.5.2).
    private static func degree(_ v: UInt32) -> UInt32 {
        var degree = 1
        while v >= degreeLimits[degree] { degree += 1 }
        return UInt32(degree)
    }
}

private let degreeLimits: [UInt32] = [
    0, 5243, 529531, 704294, 791675, 844104, 879057, 904023, 922747, 937311, 948962, 958494, 966438, 973160, 978921,
    983914, 988283, 992138, 995565, 998631, 1_001_391, 1_003_887, 1_006_157, 1_008_229, 1_010_129, 1_011_876, 1_013_490,
    1_014_983, 1_016_370, 1_017_662, 1_048_576,
]
