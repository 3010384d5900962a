import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Store {
    /// Throws when the disk has less space than some files need, before the first byte is written.
    ///
    /// - Throws: `StoreError.space`.
    package func checkSpace(for byteCount: Int) throws(StoreError) {
        // A file system that does not tell is not asked again: the writing will say.
        guard let available = FileFaults.observer?.availableByteCount(at: home) ?? availableByteCount, byteCount > available else { return }
        throw .space(path: home, needed: byteCount, available: available)
    }

    private var availableByteCount: Int? {
        var status = statvfs()
        guard statvfs(home, &status) == 0 else { return nil }
        let free = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return free.overflow ? Int.max : Int(clamping: free.partialValue)
    }
}
