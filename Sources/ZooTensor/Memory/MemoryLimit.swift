#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How much memory this process may use.
package enum MemoryLimit {
    /// The least of the machine's memory, the limit of the control group, and the limit of the address space (`ulimit -v`), in bytes; nil if
    /// none is known.
    package static var bytes: Int? { [machine, addressSpace].compactMap { $0 }.min() }

    /// What does not change while the process runs; it is asked for often.
    private static let machine = [physical, controlGroup].compactMap { $0 }.min()

    private static var physical: Int? {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let size = sysconf(Int32(_SC_PAGESIZE))
        let (bytes, overflow) = pages.multipliedReportingOverflow(by: size)
        return pages > 0 && size > 0 && !overflow ? bytes : nil
    }

    private static var controlGroup: Int? {
        firstLine(of: "/sys/fs/cgroup/memory.max").flatMap { Int($0) }  // "max" without limit
    }

    private static var addressSpace: Int? {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
        #else
            let resource = RLIMIT_AS
        #endif
        guard getrlimit(resource, &limit) == 0 else { return nil }
        return Int(exactly: limit.rlim_cur)  // nil for infinity, which is the highest number
    }
}

/// The first line, of at most 62 bytes, of a file of the kernel, which tells no size of its own.
func firstLine(of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 64)
    guard fgets(&line, 63, file) != nil else { return nil }
    return String(decoding: line.prefix { $0 >= 32 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
