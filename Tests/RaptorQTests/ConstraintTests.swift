import SeededRandom
import Testing

@testable import RaptorQ

@Suite struct ConstraintTests {
    @Test("The table has 477 sizes, in order, with numbers that fit together (RFC 6330 §5.6)")
    func table() throws {
        #expect(systematicIndices.count == 5 * 477)
        var before = 0
        for row in 0..<477 {
            let extended = Int(systematicIndices[5 * row])
            #expect(extended > before)
            let least = try BlockParameters(sourceSymbols: before + 1)
            #expect(least.extendedSymbols == extended)
            before = extended
            let parameters = try BlockParameters(sourceSymbols: extended)
            #expect(parameters.intermediateSymbols == extended + parameters.ldpcSymbols + parameters.hdpcSymbols)
            for prime in [parameters.ldpcSymbols, parameters.ltSymbols, parameters.piPrime] {
                #expect((2..<prime).prefix { $0 * $0 <= prime }.allSatisfy { prime % $0 != 0 })
            }
            #expect(parameters.hdpcSymbols <= 16 && parameters.piSymbols >= parameters.hdpcSymbols)
            #expect(parameters.ltSymbols <= extended + parameters.ldpcSymbols)
            #expect(parameters.systematicIndex <= 1000)
        }
        #expect(before == BlockParameters.maximumSourceSymbols)
    }

    @Test("No row names a column twice, and all columns exist", arguments: [1, 10, 101, 1002, 4096])
    func rows(_ sourceSymbols: Int) throws {
        let parameters = try BlockParameters(sourceSymbols: sourceSymbols)
        var rows = ConstraintRows(parameters, capacity: 1000)
        var random = SeededGenerator(seed: 1)
        for _ in 0..<500 { rows.append(internalSymbolID: .random(in: 0..<1 << 24, using: &random)) }
        for row in 0..<rows.count {
            let columns = rows.columns[rows.range(row)]
            #expect(Set(columns).count == columns.count && columns.allSatisfy { $0 < parameters.intermediateSymbols })
        }
    }

    @Test(
        "Each row gives a column of its own, from columns given before and inactive ones", arguments: [10, 101, 1002])
    func peeling(_ sourceSymbols: Int) throws {
        let parameters = try BlockParameters(sourceSymbols: sourceSymbols)
        var rows = ConstraintRows(parameters, capacity: 1000)
        for id in 0..<UInt32(parameters.extendedSymbols) { rows.append(internalSymbolID: id) }
        let peeling = try #require(Peeling(rows, parameters, limit: .max))
        for (place, row) in peeling.pivotRows.enumerated() {
            #expect(peeling.places[Int(peeling.pivotColumns[place])] == place)
            for column in rows.columns[rows.range(Int(row))] where peeling.places[Int(column)] >= 0 {
                #expect(peeling.places[Int(column)] <= place)
            }
        }
        #expect(Set(peeling.pivotRows + peeling.spareRows).count == rows.count)
        #expect(peeling.pivotRows.count + peeling.spareRows.count == rows.count)
        #expect(Set(peeling.pivotColumns + peeling.inactiveColumns).count == parameters.intermediateSymbols)
        #expect(Peeling(rows, parameters, limit: peeling.inactiveColumns.count - 1) == nil)
    }

    @Test("HDPC rows by planes of bits are those of the formulas", arguments: [10, 101])
    func hdpc(_ sourceSymbols: Int) throws {
        let parameters = try BlockParameters(sourceSymbols: sourceSymbols)
        let rows = HDPCRows(parameters)
        let columns = rows.columns
        // No rows: all columns are inactive, and what is left is the matrix itself.
        let peeling = try #require(Peeling(ConstraintRows(empty: parameters), parameters, limit: .max))
        let reduced = rows.reduced(peeling, BitMatrix(rows: 0, columns: parameters.intermediateSymbols))
        func power(_ exponent: Int) -> UInt8 { (0..<exponent).reduce(1) { power, _ in GaloisField.product(power, 2) } }
        var expected = [[UInt8]](
            repeating: [UInt8](repeating: 0, count: parameters.intermediateSymbols), count: rows.count)
        for row in 0..<rows.count {
            var sum: UInt8 = 0
            for column in (0..<columns).reversed() {
                sum = GaloisField.product(sum, 2)
                if column == columns - 1 {
                    sum ^= power(row)
                } else if rows.pairs[2 * column] == row || rows.pairs[2 * column + 1] == row {
                    sum ^= 1
                }
                expected[row][column] = sum
            }
            expected[row][columns + row] = 1
        }
        for (row, octets) in reduced.enumerated() {
            for column in 0..<parameters.intermediateSymbols {
                #expect(octets[~Int(peeling.places[column])] == expected[row][column])
            }
        }
    }

    @Test("GF(256) is a field with 2 as a generator (RFC 6330 §5.7)")
    func field() {
        #expect(GaloisField.product(0x80, 2) == 0x1d && GaloisField.product(0, 7) == 0)
        for octet in 1...255 as ClosedRange<UInt8> {
            #expect(GaloisField.product(octet, GaloisField.inverse(octet)) == 1)
            let products = GaloisField.nibbleProducts[32 * Int(octet)..<32 * Int(octet) + 32]
            #expect(
                products[products.startIndex + 0xb] ^ products[products.startIndex + 16 + 0xa]
                    == GaloisField.product(octet, 0xab))
        }
    }

    @Test("The product of a matrix of bits is the sum bit by bit", arguments: [1, 7, 64, 65, 130])
    func bitProduct(_ columns: Int) throws {
        var random = SeededGenerator(seed: 9)
        var matrix = BitMatrix(rows: 20, columns: columns + 70)
        let store = try SymbolStore(count: columns + 20, symbolSize: 70)
        var symbols: [[UInt8]] = []
        for slot in 0..<columns {
            symbols.append((0..<70).map { _ in UInt8.random(in: 0...255, using: &random) })
            symbols[slot].withUnsafeBytes { store.put($0, slot: slot) }
        }
        var expected = [[UInt8]](repeating: [UInt8](repeating: 0, count: 70), count: 20)
        for row in 0..<20 {
            for column in 0..<columns where Bool.random(using: &random) {
                matrix.flip(row, 70 + column)
                for index in 0..<70 { expected[row][index] ^= symbols[column][index] }
            }
        }
        let product = BitProduct(
            matrix, from: 70, inputs: (0..<UInt32(columns)).map { $0 },
            outputs: (0..<20).map { UInt32(columns + $0) }, accumulates: false)
        store.run(product, tables: try ProductTables(size: product.tableSize))
        for row in 0..<20 { store.withSymbol(columns + row) { #expect($0.elementsEqual(expected[row])) } }
    }
}
