import ModelZoo
import Testing
import ZooTensor

@Suite struct BundleArchiveTests {
    /// Installs the tests' model and packs it.
    private func packed(
        _ scratch: Scratch, _ compression: ArchiveCompression = .none, as name: String = "out.zoo"
    ) throws -> (model: InstalledModel, file: String) {
        let store = try scratch.store("packing")
        let files = HostileBundle.files.map { (name: $0.name, source: FileSource.bytes($0.content)) }
        let model = try store.add(Manifest(name: "tiny", family: "bert", task: "features"), files: files)
        let file = scratch.path + "/" + name
        try BundleWriter.write(model, to: file, compression: compression)
        return (model, file)
    }

    @Test("a bundle goes round", arguments: ArchiveCompression.allCases)
    func roundTrip(compression: ArchiveCompression) throws {
        let scratch = try Scratch()
        let (model, file) = try packed(scratch, compression)
        let store = try scratch.store()
        var seen: [ImportProgress] = []
        let result = try Importer(store: store).importModel(file, family: { ("?", $0) }, progress: { seen.append($0) })
        #expect(result.model.manifest == model.manifest)
        #expect(result.model.digest == model.digest)
        #expect(try readFile(result.model.path(of: "model.safetensors")) == Scratch.safetensors)
        #expect(try Manifest(ofBundle: file) == model.manifest)
        #expect(seen.last?.done == model.byteCount && seen.last?.total == model.byteCount)
        try store.verify(result.model)
    }

    @Test("a well-formed bundle by hand is accepted")
    func handMade() throws {
        let bundle = try HostileBundle(HostileBundle.tar().finished())
        #expect(try bundle.importIt().model.digest == HostileBundle.manifest.digest)
    }

    @Test("A23 manifest missing")
    func noManifest() throws {
        try HostileBundle(TarBuilder().finished()).fails("bundle.manifest_missing", "manifest.json", "empty")
        var tar = TarBuilder()
        tar.add("config.json", Array("{}".utf8))
        try HostileBundle(tar.finished()).fails("bundle.manifest_missing", "manifest.json", "config.json")
    }

    @Test("A24 manifest not first")
    func manifestLater() throws {
        var tar = TarBuilder()
        tar.add("vocab.txt", Array("[PAD]\n".utf8))
        tar.add("manifest.json", HostileBundle.manifest.encoded())
        try HostileBundle(tar.finished()).fails("bundle.manifest_missing", "first entry", "vocab.txt")
    }

    @Test("A31 gzip bomb: stops at once")
    func bomb() throws {
        // A manifest whose header tells 4 GiB of zeros, and zeros after the end.
        for size in [4 << 30, 2 << 20] {
            var tar = TarBuilder()
            tar.add(Array("manifest.json".utf8), size: size)
            try HostileBundle(tar.bytes + [UInt8](repeating: 0, count: 1 << 16)).fails(
                "bundle.limit", "manifest.json", "\(size)", "1048576")
        }
        // 64 MiB of zeros in 64 KiB of gzip, behind a good bundle.
        let scratch = try Scratch()
        let model = try scratch.store().add(
            Manifest(name: "zeros", family: "bert", task: "features"),
            files: [("zeros.txt", .bytes([UInt8](repeating: 0, count: 64 << 20)))])
        try BundleWriter.write(model, to: scratch.path + "/zeros.zoo", compression: .gzip)
        let bytes = try readFile(scratch.path + "/zeros.zoo")
        #expect(bytes.count < 1 << 20)
        try HostileBundle(stored(HostileBundle.tar().finished()) + bytes).fails("bundle.trailing_bytes")
        try HostileBundle(HostileBundle.tar().finished() + [UInt8](repeating: 0, count: 64 << 20)).fails("bundle.trailing_bytes")
    }

    @Test("A32 zstd frame with a window of 2 GiB")
    func window() throws {
        let tar = HostileBundle.tar().finished()
        let block = UInt32(tar.count) << 3 | 1
        let header: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8]
        let size = [UInt8(block & 255), UInt8(block >> 8 & 255), UInt8(block >> 16)]
        try HostileBundle(header + size + tar).fails("bundle.damaged")
        // The same frame with a window of 8 MiB is accepted, so it is the window that is refused.
        _ = try HostileBundle([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x68] + size + tar).importIt()
    }

    @Test("A33 compressed twice over", arguments: [ArchiveCompression.gzip, .zstd])
    func twice(compression: ArchiveCompression) throws {
        let scratch = try Scratch()
        let (_, file) = try packed(scratch, compression)
        try HostileBundle(stored(try readFile(file))).fails("bundle.format", "tar archive")
    }

    /// Bytes as the content of a gzip file without compression.
    private func stored(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]
        var start = 0
        repeat {
            let piece = bytes[start..<min(bytes.count, start + 65535)]
            start += piece.count
            let count = UInt16(piece.count)
            result +=
                [start == bytes.count ? 1 : 0, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)] + piece
        } while start < bytes.count
        result += ZipBuilder.little(Int(ZipBuilder.checksum(bytes)), 4) + ZipBuilder.little(bytes.count, 4)
        return result
    }

    @Test("A36 cut at each block of 512 bytes")
    func cut() throws {
        let whole = HostileBundle.tar().finished()
        let bundle = try HostileBundle(whole)
        for count in stride(from: 0, to: whole.count, by: 512) {
            try bundle.scratch.write("in/hostile.zoo", whole[..<count])
            let before = try Scratch.tree(bundle.scratch.path)
            let error = failure { _ = try bundle.importIt() }
            #expect(error?.exitCode == .format, "cut at \(count): \(error.map { "\($0)" } ?? "")")
            #expect(error?.code.hasPrefix("bundle.") == true)
            #expect(error?.place?.file == bundle.file)
            #expect(try Scratch.tree(bundle.scratch.path) == before, "cut at \(count)")
        }
    }

    @Test("A36 cut at every byte, compressed", arguments: [ArchiveCompression.gzip, .zstd])
    func cutCompressed(compression: ArchiveCompression) throws {
        let scratch = try Scratch()
        let (_, file) = try packed(scratch, compression)
        let whole = try readFile(file)
        let bundle = try HostileBundle(whole)
        for count in stride(from: 0, to: whole.count, by: 7) {
            try bundle.scratch.write("in/hostile.zoo", whole[..<count])
            let before = try Scratch.tree(bundle.scratch.path)
            #expect(failure { _ = try bundle.importIt() }?.exitCode == .format, "cut at \(count)")
            #expect(try Scratch.tree(bundle.scratch.path) == before, "cut at \(count)")
        }
    }

    @Test("A37 wrong header checksum")
    func checksum() throws {
        var tar = HostileBundle.tar(upTo: 1)
        tar.add(Array("vocab.txt".utf8), Array("[PAD]\n".utf8), breakChecksum: true)
        try HostileBundle(tar.finished()).fails("bundle.damaged", "the archive is damaged")
    }

    @Test("A38 bytes after the end")
    func trailing() throws {
        let whole = HostileBundle.tar().finished()
        try HostileBundle(whole + Array("garbage".utf8)).fails("bundle.trailing_bytes", "after its end")
        try HostileBundle(whole + [UInt8](repeating: 0, count: 9000) + [1]).fails("bundle.trailing_bytes")
        let padded = try HostileBundle(whole + [UInt8](repeating: 0, count: 9216))
        _ = try padded.importIt()
        let scratch = try Scratch()
        for compression in [ArchiveCompression.gzip, .zstd] {
            let (_, file) = try packed(scratch, compression)
            let bundle = try HostileBundle(try readFile(file) + Array("garbage".utf8))
            #expect(failure { _ = try bundle.importIt() }?.exitCode == .format, "\(compression)")
        }
    }

    @Test("A39 a second archive appended")
    func second() throws {
        let whole = HostileBundle.tar().finished()
        try HostileBundle(whole + whole).fails("bundle.trailing_bytes")
        try HostileBundle(whole + [0x50, 0x4b, 0x05, 0x06] + [UInt8](repeating: 0, count: 18)).fails("bundle.trailing_bytes")
    }

    @Test(
        "A47 A48 other formats under the name of a bundle",
        arguments: [
            ([0x50, 0x4b, 0x03, 0x04, 0x14, 0x00], "zip"), ([0x52, 0x61, 0x72, 0x21, 0x1a, 0x07, 0x01, 0x00], "RAR"),
            ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "7z"), ([0x4d, 0x53, 0x43, 0x46, 0, 0, 0, 0], "cabinet"),
            ([0x78, 0x61, 0x72, 0x21, 0, 0x1c], "xar"), (Array("#mtree v1\n".utf8), "mtree"), (Array("070701".utf8), "cpio"),
            ([0xed, 0xab, 0xee, 0xdb, 3], "RPM"), (Array("LRZI".utf8), "lrzip"), ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "xz"),
            ([0x42, 0x5a, 0x68, 0x39], "bzip2"), (Array("#!/bin/sh\n# This is a shell archive\n".utf8), "script"),
            (Array("begin 644 x\n".utf8), "something else"), ([], "empty"),
        ] as [([UInt8], String)])
    func formats(head: [UInt8], found: String) throws {
        try HostileBundle(head.isEmpty ? [] : head + [UInt8](repeating: 7, count: 2048)).fails("bundle.format", "expected a tar", found)
    }

    @Test("A53 packed twice gives the same bytes", arguments: ArchiveCompression.allCases)
    func reproducible(compression: ArchiveCompression) throws {
        let first = try Scratch()
        let second = try Scratch()
        #expect(try Digest.ofFile(packed(first, compression).file) == Digest.ofFile(packed(second, compression, as: "x.zoo").file))
    }

    @Test("A55 the bytes of a bundle are pinned")
    func pinned() throws {
        let scratch = try Scratch()
        let (model, file) = try packed(scratch)
        #expect(model.digest.hex == "3a4e62d7e85626413820dce9a12dfdcbff21ec7a9d4ca6899a3c91bedf95d884")
        let found = try Digest.ofFile(file).hex
        #expect(found == "9cbf8d2740b6308398655a40225b145d64b0a2204b9bc44f37248c271df834e9")
    }

    @Test("D24 a damaged blob is not packed")
    func damagedBlob() throws {
        let scratch = try Scratch()
        let (model, _) = try packed(scratch)
        try writeFile(try model.path(of: "vocab.txt"), Array("[PAX]\n".utf8))
        let before = try Scratch.tree(scratch.path)
        let error = failure { try BundleWriter.write(model, to: scratch.path + "/again.zoo") }
        #expect(error?.code == "bundle.hash_mismatch" && error?.place?.entry == "vocab.txt")
        #expect(try Scratch.tree(scratch.path) == before)
    }
}
