#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The address space of this process, for tests in a process of their own.
public enum AddressSpace {
    /// The bytes that are taken now; nil where the system does not tell.
    public static var used: Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var pages = 0
        return withUnsafeMutablePointer(to: &pages) { pointer in
            withVaList([pointer]) { vfscanf(file, "%ld", $0) } == 1 ? pointer.pointee * Int(sysconf(Int32(_SC_PAGESIZE))) : nil
        }
    }

    /// Lets this process take so many bytes more than now, and no more; false where that cannot be.
    public static func limit(to rest: Int) -> Bool {
        guard let used else { return false }
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
        #else
            let resource = RLIMIT_AS
        #endif
        guard getrlimit(resource, &limit) == 0 else { return false }
        limit.rlim_cur = rlim_t(used + rest)
        return setrlimit(resource, &limit) == 0
    }

    /// Takes what is left, down to blocks of 64 KiB.
    public static func exhaust() {
        var size = 1 << 30
        while size >= 1 << 16 {
            if mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED { size /= 2 }
        }
    }
}
