import ZooTensor

/// The first bytes of a file, which show what it is.
struct FileHead {
    private let path: String
    private let bytes: [UInt8]

    /// - Throws: `FileError`.
    init(_ path: String) throws(FileError) {
        self.path = path
        let file = try OpenFile(path)
        bytes = try file.read(at: 0, count: min(512, file.byteCount))
    }

    /// The format of an image.
    var imageFormat: ImageFormat? { bytes.withUnsafeBytes { ImageFormat(of: $0) } }

    /// What is recognised, as a noun; nil for nothing.
    var kind: String? { FileRules.kind(of: Array(bytes.prefix(FileSignature.byteCount))) }

    /// What the file seems to be, as a noun.
    var description: String {
        if let imageFormat { return "a \(imageFormat.rawValue) image" }
        return bytes.withUnsafeBytes { ImageFormat.kind(of: $0) }
    }

    /// Whether the file is packed with gzip or zstd.
    private var isPacked: Bool { ByteStream.isPacked(bytes) }

    private var isZip: Bool { bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4B, 0x05, 0x06]) }

    /// Whether the file is an archive, or packed as one may be.
    var isArchive: Bool {
        if isPacked || isZip { return true }
        return bytes.dropFirst(257).starts(with: "ustar".utf8) || fileSuffix(path) == "tar"
    }

    /// Whether it is an IDX file, packed or not, by its first bytes or, for one that is damaged, by its name.
    var isIDX: Bool {
        if isZip { return false }
        if IDX.isFile(lastComponent(path)) { return true }
        var start = bytes.prefix(4)
        if isPacked, var stream = try? ByteStream(path), let first = try? stream.read(4) { start = first }
        let magic = Array(start)
        return magic.count == 4 && magic[0] == 0 && magic[1] == 0 && (8...14).contains(magic[2]) && (1...4).contains(magic[3])
    }

    /// Whether it is a Python pickle.
    var isPickle: Bool { bytes.count >= 2 && bytes[0] == 0x80 && (2...5).contains(bytes[1]) }
}
