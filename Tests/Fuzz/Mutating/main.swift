import ZooFuzz

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

exit(Fuzzer.run(Array(CommandLine.arguments.dropFirst())))
