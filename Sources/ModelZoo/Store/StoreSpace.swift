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
        var status = statvfs()
        // A file system that does not tell is not asked again: the writing will say.
        guard statvfs(home, &status) == 0 else { return }
        let free = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        let available = free.overflow ? Int.max : Int(clamping: free.partialValue)
        guard byteCount <= available else { throw .space(path: home, needed: byteCount, available: available) }
    }
}
