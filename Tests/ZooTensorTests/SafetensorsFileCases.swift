import Testing
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cases that need whole files, and loops over damaged ones.
@Suite("Safetensors file")
struct SafetensorsFileCases {
    /// Three tensors and metadata.
    private func smallFile() throws -> [UInt8] {
        try SafetensorsWriter.encoded(
            [
                ("weight", Tensor([1, 2, 3, 4, 5, 6], [2, 3])), ("bias", Tensor([0.5, -0.5, 8], [3])), ("scale", Tensor([3], [])),
            ], metadata: ["format": "pt"])
    }

    @Test("S31 header of 20 MB with 100,000 tensors")
    func greatHeader() throws {
        let folder = try TemporaryFolder()
        let filler = String(repeating: "n", count: 140)
        let entries = (0..<100_000).map { entryText("\(filler)\($0)", "U8", "[1]", $0, $0 + 1) }
        let bytes = safetensorsBytes(
            "{" + entries.joined(separator: ",") + "}", data: (0..<100_000).map { UInt8(truncatingIfNeeded: $0) })
        #expect(bytes.count > 20_000_000)
        let path = try folder.write("great.safetensors", bytes)
        let error = zooError { _ = try SafetensorsFile(path) }
        expect(error, code: "format.header_too_large", file: path, ["at most 8000000"])
        #expect(error?.hint?.contains("raise the header limit") == true)

        let clock = ContinuousClock()
        let start = clock.now
        let file = try SafetensorsFile(path, limits: SafetensorsLimits(headerByteCount: 30_000_000))
        let duration = clock.now - start
        #expect(file.entries.count == 100_000)
        #expect(try file.tensor("\(filler)99999").elements == [Float(99_999 & 255)])
        // Measured 0.15 s of processor time; the bound leaves room for busy machines.
        #expect(duration < .seconds(2), "\(duration)")
    }

    @Test("S32 tensor names that look like paths, hold NUL, or are 1 MB long")
    func oddNames() throws {
        let folder = try TemporaryFolder()
        let long = String(repeating: "x", count: 1_000_000)
        let names = ["../../escape", "/etc/passwd", "a\0b", "C:\\x", "", "\u{1b}[31m", "e\u{301}", "\u{e9}", long]
        let tensors = names.enumerated().map { ($1, Tensor([Float($0)], [1])) }
        let path = folder.file("odd.safetensors")
        try SafetensorsWriter.write(tensors, to: path)
        let file = try SafetensorsFile(path)
        for (index, name) in names.enumerated() {
            #expect(try file.tensor(name).elements == [Float(index)])
        }
        #expect(try folderEntries(folder.path) == ["odd.safetensors"])
        // Names in messages cannot drive a terminal and are cut.
        let bad = safetensorsBytes("{" + entryText("\\u001b[31m" + long, "[1]", 0, 8) + "}")
        try expectRefused(bad, code: "format.size_mismatch")
        let error = zooError { _ = try bad.withUnsafeBytes { try SafetensorsHeader($0, fileByteCount: bad.count) } }
        #expect(error?.description.contains("\\u{1b}[31m") == true)
        #expect(error?.description.utf8.contains(0x1b) == false)
        #expect((error?.description.utf8.count ?? .max) < 1000)
    }

    @Test("S33 file cut at every byte")
    func everyCut() throws {
        let whole = try smallFile()
        let folder = try TemporaryFolder()
        for count in 0..<whole.count {
            let path = try folder.write("cut.safetensors", Array(whole[..<count]))
            let error = zooError { _ = try SafetensorsFile(path) }
            #expect(error?.exitCode == .format, "cut at \(count)")
        }
    }

    @Test("S33 header cut at every byte, with a true length")
    func everyHeaderCut() throws {
        let whole = try smallFile()
        let count = Int(whole[0]) + Int(whole[1]) << 8
        let text = whole[8..<8 + count]
        // Before the closing brace; what follows it is padding.
        let end = text.lastIndex(of: UInt8(ascii: "}")) ?? 0
        let rest = Array(whole[(8 + count)...])
        for cut in 8...end {
            let bytes = safetensorsBytes(Array(whole[8..<cut]), data: rest)
            let error = zooError { _ = try bytes.withUnsafeBytes { try SafetensorsHeader($0, fileByteCount: bytes.count) } }
            #expect(error?.exitCode == .format, "cut at \(cut)")
        }
    }

    @Test("S34 every single bit flipped: an error, or the same tensors")
    func everyBitFlip() throws {
        let whole = try smallFile()
        let folder = try TemporaryFolder()
        let original = try SafetensorsFile(folder.write("whole.safetensors", whole))
        let values = try original.entries.map { try original.tensor($0.name).elements }
        var accepted = 0
        for bit in 0..<whole.count * 8 {
            var flipped = whole
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            let path = try folder.write("flipped.safetensors", flipped)
            let file: SafetensorsFile
            do {
                file = try SafetensorsFile(path)
            } catch let error as any ZooError {
                #expect(error.exitCode == .format, "bit \(bit)")
                continue
            }
            accepted += 1
            // A name or metadata may have become another one; shapes and ranges may not.
            #expect(file.entries.map(\.shape) == original.entries.map(\.shape), "bit \(bit)")
            #expect(file.entries.map(\.range) == original.entries.map(\.range), "bit \(bit)")
            let found = try file.entries.map { try file.tensor($0.name).elements }
            let differences = zip(values.joined(), found.joined()).count { $0.bitPattern != $1.bitPattern }
            #expect(differences == (bit / 8 < original.header.dataOffset ? 0 : 1), "bit \(bit)")
        }
        #expect(accepted >= 40 * 8, "flips in the data are accepted")
    }

    @Test("S34 random changes of the header: an error, or a consistent file")
    func randomChanges() throws {
        let whole = try smallFile()
        let pieces = ["{", "}", "[", "]", ",", ":", "\"", "\\", "0", "-1", "1e9", "\\ud800", "\u{0}", "F16", "9223372036854775807", " "]
        var generator = SplitMix64(seed: 34)
        var accepted = 0
        for _ in 0..<50_000 {
            var bytes = Array(whole[8...])
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &generator)].utf8, at: place)
                default:
                    let end = min(place + Int.random(in: 1...12, using: &generator), bytes.count)
                    bytes.insert(contentsOf: Array(bytes[place..<end]), at: Int.random(in: 0..<bytes.count, using: &generator))
                }
            }
            let length = max(bytes.count - 40, 0)
            let file = safetensorsBytes(Array(bytes[..<length]), data: Array(bytes[length...]))
            do {
                let header = try file.withUnsafeBytes { try SafetensorsHeader($0, fileByteCount: file.count) }
                accepted += 1
                #expect(header.entries.reduce(0) { $0 + $1.shape.count * $1.type.byteCount } == file.count - header.dataOffset)
            } catch let error as any ZooError {
                #expect(error.exitCode == .format)
            }
        }
        #expect(accepted > 0, "changes of names and values are accepted")
    }

    @Test("S36 file cut by another process while it is open", arguments: [SafetensorsFile.Access.copied, .mapped])
    func cutWhileOpen(access: SafetensorsFile.Access) throws {
        let folder = try TemporaryFolder()
        let count = 1 << 16
        let path = folder.file("cut.safetensors")
        try SafetensorsWriter.write([("a", Tensor(repeating: 1, [count])), ("b", Tensor(repeating: 2, [count]))], to: path)
        let file = try SafetensorsFile(path, access: access)
        #expect(try file.tensor("b").elements.allSatisfy { $0 == 2 })
        try folder.cut("cut.safetensors", to: file.header.dataOffset + 4 * count + 100)
        let error = zooError { _ = try file.tensor("b").elements }
        expect(error, code: "file.changed", file: path, ["changed while it was read"])
        let raw = zooError { _ = try file.rawBytes("b") }
        expect(raw, code: "file.changed", file: path, ["changed while it was read"])
        let scan = zooError { _ = try file.nonFiniteValues() }
        expect(scan, code: "file.changed", file: path, ["changed while it was read"])
    }

    @Test("S36 what was mapped and is cut reads as zeros, and its file tells so: no signal")
    func cutAfterMapping() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let count = 1 << 18
            let path = folder.file("cut.safetensors")
            try SafetensorsWriter.write([("a", Tensor(repeating: 1, [count])), ("b", Tensor(repeating: 2, [count]))], to: path)
            let other = folder.file("whole.safetensors")
            try SafetensorsWriter.write([("c", Tensor(repeating: 3, [count]))], to: other)
            let file = try SafetensorsFile(path, access: .mapped)
            let whole = try SafetensorsFile(other, access: .mapped).tensor("c")
            let (a, b) = (try file.tensor("a"), try file.tensor("b"))
            #expect(a.elements[0] == 1)
            let watch = try #require(b.watch)
            try watch.check()
            try folder.cut("cut.safetensors", to: file.header.dataOffset + 4 * count)
            // Threads that meet the loss at the same time.
            Threads.count = 4
            Threads.forEach(16) { index in
                let part = count / 16
                let sum = b.withElements { $0[index * part..<(index + 1) * part].reduce(0, +) }
                #expect(sum == 0 || index == 0)
            }
            #expect(a.elements.allSatisfy { $0 == 1 }, "what is left is as it was")
            let error = zooError { try watch.check() }
            expect(error, code: "file.changed", file: path, ["changed while it was read"])
            // Copies are not written either.
            let target = folder.file("copy.safetensors")
            let written = zooError { try SafetensorsWriter.write([("a", a), ("b", b)], to: target) }
            expect(written, code: "file.changed", file: path, ["changed while it was read"])
            #expect(fileKind(target) == nil)
            // The size is what it was again, the contents are not.
            try folder.cut("cut.safetensors", to: file.header.dataOffset + 8 * count)
            #expect(zooError { try watch.check() }?.code == "file.failed")
            #expect(whole.elements.allSatisfy { $0 == 3 } && (try? whole.watch?.check()) != nil)
        }
    }

    @Test("S36 a bus error of anything else ends the process as before")
    func otherBusErrors() async {
        await #expect(processExitsWith: .signal(SIGBUS)) {
            let folder = try TemporaryFolder()
            let path = folder.file("a.safetensors")
            try SafetensorsWriter.write([("a", Tensor(repeating: 1, [8]))], to: path)
            let tensor = try SafetensorsFile(path, access: .mapped).tensor("a")
            #expect(tensor.elements[0] == 1)
            raise(SIGBUS)
        }
    }

    @Test("S37 NaN and infinite weights: loaded, and reported by a deep check")
    func nonFinite() throws {
        let folder = try TemporaryFolder()
        let path = folder.file(Checkpoint.fileName)
        var great = [Float](repeating: 1, count: 600_000)
        great[599_999] = .nan
        try SafetensorsWriter.write(
            [
                ("clean", Tensor([1, .greatestFiniteMagnitude, -0.0, .leastNonzeroMagnitude], [4])),
                ("bad", Tensor([0, .infinity, .nan, -.infinity], [4])), ("great", Tensor(great, [600_000])),
            ], to: path)
        let checkpoint = try Checkpoint(folder: folder.path)
        #expect(try checkpoint.tensor("bad").elements[1] == .infinity)
        let reports = try checkpoint.nonFiniteValues()
        #expect(reports.map(\.name) == ["bad", "great"])
        #expect(reports[0].nanCount == 1 && reports[0].infiniteCount == 2 && reports[0].firstIndex == 1)
        #expect(reports[1].nanCount == 1 && reports[1].infiniteCount == 0 && reports[1].firstIndex == 599_999)
        #expect(reports[0].description == "\"bad\": 1 NaN, 2 infinite, the first at element 1")

        let half = safetensorsBytes("{" + entryText("h", "F16", "[3]", 0, 6) + "}", data: [0, 0x3c, 0, 0xfc, 1, 0x7e])
        let file = try SafetensorsFile(folder.write("half.safetensors", half))
        let report = try file.nonFiniteValues()
        #expect(report.map(\.count) == [2])
        #expect(report.first?.firstIndex == 1)
    }

    @Test("S39 saving over the file that is mapped")
    func saveOverMapped() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("model.safetensors")
        let count = 100_000
        try SafetensorsWriter.write([("w", Tensor((0..<count).map(Float.init), [count]))], to: path)
        let old = try SafetensorsFile(path, access: .mapped)
        let mapped = try old.tensor("w")
        #expect(try old.tensor("v", orNil: ()) == nil)
        var changed = mapped
        changed.withMutableElements { elements in for index in elements.indices { elements[index] += 1 } }
        try SafetensorsWriter.write([("w", changed), ("v", mapped)], to: path)
        let new = try SafetensorsFile(path, access: .mapped)
        #expect(try new.tensor("w").elements == (1...count).map(Float.init))
        #expect(try new.tensor("v").elements == (0..<count).map(Float.init))
        // What was mapped before stays what it was.
        #expect(mapped.elements == (0..<count).map(Float.init))
        #expect(try old.tensor("w").elements == (0..<count).map(Float.init))
        #expect(try folderEntries(folder.path) == ["model.safetensors"])
    }

    @Test("S40 data that does not start at a multiple of 8", arguments: 0..<8)
    func misaligned(shift: Int) throws {
        let folder = try TemporaryFolder()
        let text = "{" + entryText("w", "[4]", 0, 16) + "," + entryText("d", "F64", "[1]", 16, 24) + "}"
        let header = text + String(repeating: " ", count: (8 - text.utf8.count % 8) % 8 + shift)
        let values: [Float] = [1.5, -2.25, 0x1p-130, .infinity]
        let data = bytes(of: values) + [0, 0, 0, 0, 0, 0, 0xf8, 0x3f]
        let path = try folder.write("odd.safetensors", safetensorsBytes(header, data: data))
        for access in [SafetensorsFile.Access.copied, .mapped] {
            let file = try SafetensorsFile(path, access: access)
            #expect(file.header.dataOffset % 8 == shift)
            #expect(try file.tensor("w").elements == values)
            #expect(try file.tensor("d").elements == [1.5])
            var copy = try file.tensor("w")
            let isOwn = copy.isUnique()
            #expect(isOwn == (access == .copied || shift % 4 != 0), "a view only where the address allows it")
        }
    }

    @Test("a tensor that is not there")
    func missingTensor() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("m.safetensors")
        try SafetensorsWriter.write((0..<10).map { ("t\($0)", Tensor([1], [1])) }, to: path)
        let file = try SafetensorsFile(path)
        expect(zooError { _ = try file.tensor("x") }, code: "format.missing_tensor", file: path, entry: "x", ["\"t0\"", "and 2 more"])
        let checkpoint = try Checkpoint(path)
        expect(zooError { _ = try checkpoint.tensor("x") }, code: "format.missing_tensor", file: path, entry: "x", ["\"t0\""])
        expect(zooError { _ = try checkpoint.shape(of: "x") }, code: "format.missing_tensor", file: path, entry: "x", ["\"t0\""])
        #expect(zooError { _ = try SafetensorsFile(folder.file("nothing")) }?.exitCode == .notFound)
        #expect(zooError { _ = try SafetensorsFile(folder.path) }?.exitCode == .usage)
    }
}

extension SafetensorsFile {
    /// The tensor, nil if there is none of this name.
    fileprivate func tensor(_ name: String, orNil: Void) throws -> [Float]? {
        header.entry(name) == nil ? nil : try tensor(name).elements
    }
}
