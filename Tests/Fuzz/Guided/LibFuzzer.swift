import ZooFuzz

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The target of this process. libFuzzer calls from one thread.
nonisolated(unsafe) private var guidedRun: GuidedRun?

@_silgen_name("LLVMFuzzerMutate")
private func mutateBytes(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int) -> Int

private func end(_ text: String, _ code: Int32 = 1) -> Never {
    print("zoo-fuzz-guided: \(text)")
    exit(code)
}

/// Reads the target's name from `ZOO_FUZZ_TARGET`. With `ZOO_FUZZ_SEEDS`, the inputs to start from are written to that folder, and that is all.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutableRawPointer) -> Int32 {
    do {
        let run = try GuidedRun(getenv("ZOO_FUZZ_TARGET").map { String(cString: $0) } ?? "")
        if let folder = getenv("ZOO_FUZZ_SEEDS") {
            try run.writeSeeds(200, in: String(cString: folder))
            run.finish()
            exit(0)
        }
        guidedRun = run
        atexit {
            guard let run = guidedRun else { return }
            print(run.summary)
            run.finish()
        }
    } catch {
        end("\(error)")
    }
    return 0
}

/// One input. A finding ends the process, and libFuzzer keeps the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    guard let guidedRun else { return 0 }
    if let finding = guidedRun.run(UnsafeBufferPointer(start: data, count: size)) {
        print("finding: \(finding)")
        abort()
    }
    return 0
}

/// Half of the changes are made as the document's format tells, half by libFuzzer.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32) -> Int {
    guard let guidedRun, let bytes = guidedRun.mutated(UnsafeBufferPointer(start: data, count: size), seed: UInt64(seed), limit: limit)
    else {
        return mutateBytes(data, size, limit)
    }
    for (index, byte) in bytes.enumerated() { data[index] = byte }
    return bytes.count
}
