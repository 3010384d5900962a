#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Fresh pages from the system, which hold zeros; nil when it has none.
func takePages(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    let pointer = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    return pointer == MAP_FAILED ? nil : pointer
}

/// Gives pages back.
func releasePages(_ base: UnsafeMutableRawPointer, _ byteCount: Int) {
    if byteCount > 0 { munmap(base, byteCount) }
}

private let pageByteCount = Int(sysconf(Int32(_SC_PAGESIZE)))

/// The size of the pages that hold so many bytes; the largest such number where that cannot be represented.
func roundedToPages(_ byteCount: Int) -> Int {
    let (sum, overflow) = byteCount.addingReportingOverflow(pageByteCount - 1)
    return (overflow ? Int.max : sum) / pageByteCount * pageByteCount
}

/// Whether the system would give so many bytes now.
package func hasMemory(_ byteCount: Int) -> Bool {
    guard let base = takePages(max(byteCount, 1)) else { return false }
    releasePages(base, max(byteCount, 1))
    return true
}
