import ModelZoo
import Testing
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("Where the images of archives are kept")
struct KeptArchiveTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func archive(_ name: String, _ files: [(name: String, bytes: [UInt8])]) throws -> String {
        switch name {
        case "a.zip":
            var zip = ZipBuilder()
            for file in files { zip.add(file.name, file.bytes) }
            return try scratch.write(name, zip.finished())
        case "a.tar.gz", "a.tar.zst", "a.tar":
            let path = scratch.path + "/" + name
            let writer = try ArchiveWriter(path, compression: name == "a.tar" ? .none : name == "a.tar.gz" ? .gzip : .zstd)
            for file in files {
                try writer.add(file.name, byteCount: file.bytes.count)
                try file.bytes.withUnsafeBytes { try writer.write($0) }
            }
            try writer.finish()
            return path
        default:
            // Headers of several kinds before the entries.
            var tar = TarBuilder()
            for file in files {
                tar.addPax([("path", file.name), ("comment", String(repeating: "x", count: 700))])
                tar.add("short", file.bytes)
            }
            return try scratch.write(name, tar.finished())
        }
    }

    @Test(
        "with nothing in memory they are the same, and no file with a name is made",
        arguments: ["a.tar", "pax.tar", "a.tar.gz", "a.tar.zst", "a.zip"])
    func outside(name: String) throws {
        let long = "data/" + String(repeating: "long", count: 40) + "/1.png"
        let table = Array("file,label\n\(long.dropFirst(5)),x\nb/2.png,y\n".utf8)
        let path = try archive(name, [(long, png(1)), ("data/b/2.png", png(2, width: 40, height: 50)), ("data/t.csv", table)])
        let before = try Scratch.tree(scratch.path)
        for memory in [0, 100, 1 << 20] {
            let training = try imageParts(path, limits: ImageSetLimits(memoryByteCount: memory)).training
            #expect(try reds(training) == [1, 2] && training.labels == ["x", "y"])
        }
        #expect(try Scratch.tree(scratch.path) == before)
    }

    @Test("the images of a plain tar archive are read from it when they are needed")
    func inPlace() throws {
        let path = try archive("a.tar", [("a/1.png", png(1)), ("b/2.png", png(2))])
        let training = try imageParts(path).training
        #expect(try reds(training) == [1, 2])
        // Others in its place: what was opened stays.
        unlink(path)
        _ = try archive("a.tar", [("a/1.png", png(7)), ("b/2.png", png(8))])
        #expect(try reds(training) == [1, 2])
        try truncateFile(path, to: 600)
        let cut = try imageParts(archive("b.tar", [("a/1.png", png(1)), ("b/2.png", png(2))])).training
        try truncateFile(scratch.path + "/b.tar", to: 600)
        let error = failure { _ = try reds(cut) }
        #expect(error?.code == "data.image_file", "\(String(describing: error))")
    }

    @Test("IDX and CIFAR files, kept outside of memory", arguments: ["a.tar", "a.tar.gz", "a.zip"])
    func raw(name: String) throws {
        let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2] + [1, 2, 3, 4]
        let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 5, 3]
        for isPacked in [false, true] {
            func packed(_ bytes: [UInt8]) throws -> [UInt8] { isPacked ? try gzipped(bytes) : bytes }
            let end = isPacked ? ".gz" : ""
            let path = try archive(
                name, [("train-images-idx3-ubyte" + end, packed(images)), ("train-labels-idx1-ubyte" + end, packed(labels))])
            let training = try imageParts(path, limits: ImageSetLimits(memoryByteCount: 0)).training
            #expect(try reds(training) == [1, 3] && training.labels == ["3", "5"] && training.examples.map(\.label) == [1, 0])
        }
        func batch(_ label: UInt8, _ red: UInt8) -> [UInt8] { [label] + [UInt8](repeating: red, count: 3072) }
        var files: [(name: String, bytes: [UInt8])] = [("batches.meta.txt", Array("cat\ndog\n".utf8)), ("test_batch.bin", batch(0, 9))]
        for number in 1...5 { files.append(("data_batch_\(number).bin", batch(1, UInt8(number)))) }
        let parts = try imageParts(archive(name, files), limits: ImageSetLimits(memoryByteCount: 0))
        #expect(try reds(parts.training) == [1, 2, 3, 4, 5] && reds(parts.test) == [9])
    }
}
