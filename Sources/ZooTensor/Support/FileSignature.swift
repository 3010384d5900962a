/// What a file is, told by its first bytes.
package enum FileSignature {
    /// How many bytes are looked at.
    package static let byteCount = 96
    /// A file of more bytes is no pointer of Git LFS.
    package static let greatestPointer = 1024

    private static let pointer = Array("version https://git-lfs.github.com/spec/".utf8)

    /// Whether a file is only a pointer of Git LFS to the file that was meant.
    package static func isPointer(_ head: some Collection<UInt8>, fileByteCount: Int) -> Bool {
        fileByteCount <= greatestPointer && head.starts(with: pointer)
    }

    /// What messages say of such a file.
    package static let pointerMessage =
        "the file is not here, only a pointer of Git LFS that stands for it; fetch it with \"git lfs pull\" in its folder"

    /// The name of a format of weights that are not read, nil for everything else.
    package static func weights(_ head: [UInt8]) -> String? {
        guard let kind = kind(of: head) else { return nil }
        let others = ["an HDF5 file", "a GGUF file", "a TensorFlow Lite model", "an ONNX model"]
        return kind.contains("pickle") || others.contains(kind) ? kind : nil
    }

    /// The name of a file type that is recognised.
    ///
    /// - Parameter head: the first ``byteCount`` bytes, fewer if the file is shorter or only a few kinds matter.
    package static func kind(of head: [UInt8]) -> String? {
        if head.starts(with: pointer) { return "a pointer of Git LFS to the file" }
        let known: [([UInt8], String)] = [
            ([0x50, 0x4b, 0x05, 0x06], "a zip archive"), ([0x7f, 0x45, 0x4c, 0x46], "an ELF binary"),
            ([0x89, 0x48, 0x44, 0x46], "an HDF5 file"), ([0x1f, 0x8b], "a gzip file"), ([0x28, 0xb5, 0x2f, 0xfd], "a zstd file"),
            ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "a 7z archive"), ([0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], "a RAR archive"),
            ([0x4d, 0x53, 0x43, 0x46], "a cabinet archive"), ([0x78, 0x61, 0x72, 0x21], "a xar archive"),
            ([0x42, 0x5a, 0x68], "a bzip2 file"), ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "an xz file"),
            ([0x30, 0x37, 0x30, 0x37, 0x30], "a cpio archive"), ([0xed, 0xab, 0xee, 0xdb], "an RPM package"),
            ([0x4c, 0x52, 0x5a, 0x49], "an lrzip file"), ([0x4d, 0x5a], "a Windows binary"),
            ([0xcf, 0xfa, 0xed, 0xfe], "a Mach-O binary"), ([0xca, 0xfe, 0xba, 0xbe], "a Mach-O or Java binary"),
            ([0x23, 0x21], "a script"), ([0x23, 0x6d, 0x74, 0x72, 0x65, 0x65], "an mtree file"), ([0x47, 0x47, 0x55, 0x46], "a GGUF file"),
        ]
        if head.starts(with: [0x50, 0x4b, 0x03, 0x04]) {
            return isTorchArchive(head) ? "a PyTorch pickle (torch.save)" : "a zip archive"
        }
        if let match = known.first(where: { head.starts(with: $0.0) }) { return match.1 }
        if head.count >= 2, head[0] == 0x80, (2...5).contains(head[1]) { return "a Python pickle" }
        if head.count >= 8, head[4..<8].elementsEqual("TFL3".utf8) { return "a TensorFlow Lite model" }
        // Protocol Buffers: the field ir_version, small, then the name of the producer.
        if head.count >= 3, head[0] == 0x08, (1...32).contains(head[1]), head[2] == 0x12 { return "an ONNX model" }
        return nil
    }

    /// Whether the first entry of a zip archive is what `torch.save` puts first: `NAME/data.pkl`.
    private static func isTorchArchive(_ head: [UInt8]) -> Bool {
        guard head.count > 30 else { return false }
        let length = Int(head[26]) | Int(head[27]) << 8
        let name = head[30...].prefix(length)
        return name.count == length && name.suffix(9).elementsEqual("/data.pkl".utf8)
    }
}
