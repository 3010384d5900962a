#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The locale in which libarchive converts the names of entries.
///
/// It takes the character set from the thread's locale, and a program that sets none, as any with `LANG=C`, has one of ASCII alone: names that
/// an archive says to be in UTF-8 would be lost. So while a header is read or written the thread has a UTF-8 locale, whatever the user's is.
enum NameLocale {
    private nonisolated(unsafe) static let utf8: locale_t? = {
        for name in ["C.UTF-8", "C.utf8", "en_US.UTF-8", "UTF-8"] {
            if let found = newlocale(LC_CTYPE_MASK, name, nil) { return found }
        }
        return nil
    }()

    /// Runs `body` in that locale; in the thread's own where the system has none with UTF-8.
    static func with<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let utf8 else { return try body() }
        let before = uselocale(utf8)
        defer { _ = uselocale(before) }
        return try body()
    }
}
