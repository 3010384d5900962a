import Testing
import ZooTensor
import ZooTestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Paths that a user names to be written: files appear complete, links are followed, devices and pipes are written to.
@Suite("Outputs")
struct OutputTests {
    let harness: Harness
    let model: String

    init() throws {
        harness = try Harness()
        model = try TinyModel.write(harness)
        #expect(harness.zoo("import", model, "--as", "tiny").code == 0)
    }

    /// Runs lines of a shell in the folder, with the store of the harness.
    private func shell(_ lines: String) throws {
        try ZooProcess.shell("set -eu\nMODEL='\(model)'\n" + lines, in: harness.path, environment: ["ZOO_HOME": harness.file("store")])
    }

    @Test("a device is written to and stays what it is")
    func device() throws {
        // Where nodes cannot be made or opened, a link to the system's own stands for one: as a link it would be replaced, not the device.
        try shell(
            """
            if mknod d c 1 3 2>/dev/null && (: > d) 2>/dev/null; then :; else ln -sf /dev/null d; fi
            for verb in "embed $MODEL film -o" "export tiny --format zoo -o" "pack $MODEL -o"; do
                zoo $verb d
                test -c d
            done
            test -c /dev/null
            """)
    }

    @Test("a FIFO gets the bytes and stays a FIFO")
    func fifo() throws {
        try shell(
            """
            mkfifo f
            cat f > got.jsonl & zoo embed $MODEL film -o f; wait
            test -p f; grep -q '"embedding"' got.jsonl
            cat f > got.npy & zoo embed $MODEL film -o f --format npy; wait
            test -p f; test "$(wc -c < got.npy)" -eq 192
            cat f > got.zoo & zoo export tiny --format zoo -o f; wait
            test -p f; zoo import ./got.zoo --as again
            cat f > packed.zoo & zoo pack $MODEL -o f --as tiny; wait
            zoo pack $MODEL -o direct.zoo --as tiny; cmp packed.zoo direct.zoo
            test -z "$(ls -A | grep '^\\.')"
            """)
    }

    @Test("the shell's >(command) and the standard output take the bytes, and nothing else")
    func descriptors() throws {
        try shell(
            """
            if command -v bash >/dev/null; then
                bash -c 'zoo embed "$0" film -o >(cat > sub.jsonl; : > done)' "$MODEL"
                while ! test -e done; do sleep 0.1; done
                grep -q '"embedding"' sub.jsonl
            fi
            zoo embed $MODEL film > expected
            zoo embed $MODEL film -o - > dash; cmp dash expected
            zoo embed $MODEL film -o /dev/stdout > named; cmp named expected
            zoo embed $MODEL film -o /dev/stdout | cmp - expected
            zoo export tiny --format zoo -o - > piped.zoo; zoo import ./piped.zoo --as piped
            if zoo embed $MODEL film --json -o -; then exit 1; else test $? -eq 2; fi
            if zoo embed $MODEL film -o /dev/fd/77; then exit 1; fi
            """)
    }

    @Test("links are followed, also to what is not there yet, and a file keeps its permissions")
    func links() throws {
        try shell(
            """
            mkdir there; ln -s there/new.jsonl link; ln -s link link2
            zoo embed $MODEL film -o link2; test -L link2; test -L link; test -f there/new.jsonl
            zoo embed $MODEL film plot -o link; test -L link; test "$(wc -l < there/new.jsonl)" -eq 2
            ln -s there/x.zoo x.zoo; zoo export tiny -o x.zoo; test -L x.zoo; test -f there/x.zoo
            if zoo export tiny -o x.zoo; then exit 1; else test $? -eq 11; fi
            zoo export tiny -o x.zoo --overwrite; test -L x.zoo
            mkdir empty; ln -s empty folder; zoo export tiny --format hf -o folder; test -L folder; test -f empty/config.json
            echo secret > old; chmod 600 old; zoo embed $MODEL film -o old; test "$(ls -l old | cut -c1-10)" = -rw-------
            ln -s loop loop; if zoo embed $MODEL film -o loop; then exit 1; else test $? -eq 7; fi
            """)
    }

    @Test("what cannot be written is refused before the work, and nothing is left")
    func refused() throws {
        try makeFolders(harness.file("folder"))
        for arguments in [["embed", "tiny", "film"], ["export", "tiny", "--format", "zoo"], ["pack", model]] {
            let outcome = harness.zoo(arguments + ["-o", harness.file("folder")])
            #expect(outcome.code == 2, "\(arguments): \(outcome.errors)")
            #expect(outcome.errors.contains("folder"))
            #expect(try folderEntries(harness.file("folder")).isEmpty)
        }
        #expect(harness.zoo("embed", "tiny", "film", "-o", harness.file("none/x.jsonl")).code == 3)
    }

    @Test("the files of a report and of digests follow links")
    func reports() throws {
        try harness.write("train.csv", TinyModel.table(rows: 24))
        let trained = harness.zoo(
            "finetune", "tiny", "--train", harness.file("train.csv"), "--out", "mood", "--steps", "2", "--val-fraction", "0")
        #expect(trained.code == 0, "\(trained.errors)")
        try makeFolders(harness.file("report"))
        for name in ["metrics.json", "confusion.csv"] {
            #expect(symlink(harness.file(name), harness.file("report/" + name)) == 0)
        }
        #expect(
            harness.zoo("evaluate", "mood", "--data", harness.file("train.csv"), "--report", harness.file("report")).code == 0)
        for name in ["metrics.json", "confusion.csv"] {
            #expect(fileKind(harness.file("report/" + name), followingLinks: false) == .symbolicLink)
            #expect(fileKind(harness.file(name), followingLinks: false) != nil)
        }
    }
}
