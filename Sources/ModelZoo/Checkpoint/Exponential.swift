#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// e^x.
package func exponential(_ x: Double) -> Double { exp(x) }
