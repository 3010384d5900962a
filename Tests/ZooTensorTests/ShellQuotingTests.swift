import Testing
import ZooTensor

@Suite("Arguments as they are typed")
struct ShellQuotingTests {
    @Test(
        "what a shell would take apart is quoted, and what a terminal would obey is written out",
        arguments: [
            ("model-1.zoo", "model-1.zoo"), ("my{a} 100% x", "'my{a} 100% x'"), ("it's", "'it'\\''s'"), ("", "''"), ("{a}", "'{a}'"),
            ("tr\u{E8}s", "'tr\u{E8}s'"), ("a\u{1B}[31m", "$'a\\x1b[31m'"), ("a\n'\\", "$'a\\x0a\\'\\\\'"), ("$(x)", "'$(x)'"),
        ])
    func quoting(argument: String, expected: String) { #expect(shellArgument(argument) == expected) }
}
