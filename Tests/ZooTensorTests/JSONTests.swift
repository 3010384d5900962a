import Testing
import ZooTensor

@Suite("JSON")
struct JSONTests {
    private func parse(_ text: String, limits: JSONLimits = JSONLimits()) throws -> JSON {
        try JSON.parse(Array(text.utf8), limits: limits)
    }

    @Test("values")
    func values() throws {
        #expect(try parse("null") == .null)
        #expect(try parse(" true ") == .bool(true))
        #expect(try parse("\t\r\nfalse\n") == .bool(false))
        #expect(try parse("\"\"") == .string(""))
        #expect(try parse("[]") == .array([]))
        #expect(try parse("{ }") == .object([:]))
        #expect(
            try parse("[1, -2 ,3.5,\"x\",[ ],{}]")
                == .array([.integer(1), .integer(-2), .number(3.5), .string("x"), .array([]), .object([:])]))
        let object = try parse("{\"b\": 1, \"a\": {\"c\": [null]}}")
        #expect(object.object?.keys == ["b", "a"])
        #expect(object["a"]?["c"]?.array == [.null])
        #expect(object["z"] == nil)
    }

    @Test("both entries give the same, and errors tell the file")
    func entries() throws {
        let bytes = Array("{\"a\":\n[1,]}".utf8)
        let error = zooError { _ = try bytes.withUnsafeBytes { try JSON.parse($0, file: "config.json") } }
        expect(error, code: "format.json_syntax", file: "config.json", ["expected a value", "found \"]\"", "byte 9"])
        #expect(error?.place?.line == 2)
        #expect(error?.description == "config.json, line 2: expected a value, found \"]\" (byte 9)")
        let good = Array("{\"a\":1}".utf8)
        #expect(try good.withUnsafeBytes { try JSON.parse($0) } == JSON.parse(good))
        let folder = try TemporaryFolder()
        #expect(try JSON.read(folder.write("x.json", good))["a"] == .integer(1))
        #expect(zooError { _ = try JSON.read(folder.file("x.json"), limits: JSONLimits(bytes: 6)) }?.exitCode == .resources)
        #expect(zooError { _ = try JSON.parse(UnsafeRawBufferPointer(start: nil, count: 0)) }?.code == "format.json_syntax")
    }

    @Test(
        "numbers",
        arguments: [
            ("0", JSON.integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(0x1p63)), ("-9223372036854775809", .number(-0x1p63)),
            ("18446744073709551616", .number(0x1p64)), ("1e3", .number(1000)), ("1E+3", .number(1000)), ("1.0", .number(1)),
            ("-0.0", .number(-0.0)), ("1e-400", .number(0)), ("2.5e-3", .number(0.0025)),
            ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
            ("5e-324", .number(.leastNonzeroMagnitude)), ("0.1", .number(0.1)),
            ("123456789012345678901234567890", .number(1.2345678901234568e29)),
            ("0.30000000000000004", .number(0.30000000000000004)), ("9007199254740993.0", .number(9_007_199_254_740_992)),
            ("-9.1234567", .number(-9.1234567)),
        ])
    func numbers(text: String, value: JSON) throws {
        #expect(try parse(text) == value)
        #expect(try parse("[\(text)]") == .array([value]))
    }

    @Test("decimals are rounded as by the standard library")
    func decimals() throws {
        var generator = SplitMix64(seed: 2)
        for _ in 0..<20_000 {
            let digits = String(UInt64.random(in: 0...(.max >> UInt64.random(in: 0..<64, using: &generator)), using: &generator))
            let fraction = String(UInt32.random(in: 0...99_999, using: &generator))
            let text = "\(digits).\(fraction)e\(Int.random(in: -40...40, using: &generator))"
            #expect(try parse(text).number?.bitPattern == Double(text)?.bitPattern, "\(text)")
        }
    }

    @Test(
        "text that is no number",
        arguments: ["01", "-", "+1", ".5", "1.", "1.e3", "1e", "1e+", "-01", "0x10", "NaN", "Infinity", "-Infinity", "1_000", "--1", "00"])
    func noNumbers(text: String) throws {
        #expect(zooError { _ = try parse(text) }?.exitCode == .format)
        #expect(zooError { _ = try parse("[\(text)]") }?.exitCode == .format)
    }

    @Test("numbers out of range")
    func hugeNumbers() throws {
        for text in ["1e309", "-1e400", "1e999999999999999999999", String(repeating: "9", count: 400)] {
            expect(zooError { _ = try parse("[\(text)]") }, code: "format.json_number", file: nil, ["64-bit floating point", "found"])
        }
        let long = "0." + String(repeating: "1", count: 10_000)
        expect(zooError { _ = try parse(long) }, code: "format.json_number", file: nil, ["at most 4096 characters"])
        #expect(try parse("0e999999999999999999999").number == 0)
    }

    @Test("strings")
    func strings() throws {
        #expect(try parse("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"") == .string("a\"\\/\u{8}\u{c}\n\r\tz"))
        #expect(try parse("\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\\u0000\"") == .string("Aé€😀\0"))
        #expect(try parse("\"é€😀\u{7f}\u{2028}\"") == .string("é€😀\u{7f}\u{2028}"))
        #expect(try parse("\"\\uffff\\uFFFE\"").string?.unicodeScalars.map(\.value) == [0xffff, 0xfffe])
        #expect(try parse("\"\\ud800\\udc00\\udbff\\udfff\"").string?.unicodeScalars.map(\.value) == [0x10000, 0x10ffff])
        let long = String(repeating: "long text ", count: 1000)
        #expect(try parse("\"\(long)\"") == .string(long))
        #expect(try parse("\"\(long)\\n\"") == .string(long + "\n"))
    }

    @Test(
        "text that is no document",
        arguments: [
            ("", "format.json_syntax", 0), ("  ", "format.json_syntax", 2), ("[1,]", "format.json_syntax", 3),
            ("[,1]", "format.json_syntax", 1),
            ("[1 2]", "format.json_syntax", 3), ("[1", "format.json_syntax", 2), ("{\"a\"}", "format.json_syntax", 4),
            ("{\"a\":}", "format.json_syntax", 5), ("{\"a\":1,}", "format.json_syntax", 7), ("{a:1}", "format.json_syntax", 1),
            ("{'a':1}", "format.json_syntax", 1), ("{1:2}", "format.json_syntax", 1), ("nul", "format.json_syntax", 0),
            ("truE", "format.json_syntax", 0), ("nulll", "format.json_trailing", 4), ("1 1", "format.json_trailing", 2),
            ("{}}", "format.json_trailing", 2), ("\"a", "format.json_syntax", 2), ("\"a\\", "format.json_syntax", 3),
            ("\"\\x41\"", "format.json_escape", 1), ("\"\\u12\"", "format.json_escape", 1), ("\"\\u12g4\"", "format.json_escape", 1),
            ("\"\\u+123\"", "format.json_escape", 1), ("\"\\u12", "format.json_escape", 1),
            ("\"a\nb\"", "format.json_control_character", 2),
            ("\"a\\n\u{1}\"", "format.json_control_character", 4), ("\"\0\"", "format.json_control_character", 1),
            ("\"\\ud800\"", "format.json_surrogate", 1), ("\"\\udc00\"", "format.json_surrogate", 1),
            ("\"\\ud800\\u0041\"", "format.json_surrogate", 1), ("\"\\ud800x\"", "format.json_surrogate", 1),
            ("\"\\ud800\\ud800\"", "format.json_surrogate", 1), ("// x\n1", "format.json_syntax", 0), ("1/**/", "format.json_trailing", 1),
            ("\u{feff}1", "format.json_byte_order_mark", 0), ("1\0\0", "format.json_padding", 1), ("\0{}", "format.json_padding", 0),
            ("{}\u{a0}", "format.json_trailing", 2), ("[1}", "format.json_syntax", 2), ("{\"a\":1]", "format.json_syntax", 6),
            ("{\"a\":1,\"a\":2}", "format.json_duplicate_key", 7), ("[{\"\":1,\"b\":2,\"\":1}]", "format.json_duplicate_key", 13),
        ])
    func invalid(text: String, code: String, offset: Int) throws {
        let error = zooError { _ = try parse(text) }
        expect(error, code: code, file: nil, ["expected", "found", "byte \(offset))"])
        #expect((error as? JSONError)?.offset == offset)
    }

    @Test("invalid UTF-8 is found where it is")
    func invalidUTF8() throws {
        let good = Array("\"é€😀".utf8)
        for bad: [UInt8] in [
            [0x80], [0xc0, 0xaf], [0xc1, 0xbf], [0xc3], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x80, 0x80, 0x80],
            [0xf4, 0x90, 0x80, 0x80], [0xf8], [0xfe], [0xff],
        ] {
            for escape in ["", "\\n"] {
                let bytes = good + Array(escape.utf8) + bad + [UInt8(ascii: "\"")]
                let error = zooError { _ = try JSON.parse(bytes) }
                #expect(error?.code == "format.json_utf8", "\(bad)")
                #expect((error as? JSONError)?.offset == good.count + escape.utf8.count, "\(bad)")
            }
        }
        #expect(zooError { _ = try JSON.parse([0xff]) }?.code == "format.json_utf8")
        #expect(zooError { _ = try JSON.parse(Array("é".utf8)) }?.code == "format.json_syntax")
    }

    @Test("lines are counted")
    func lines() throws {
        let error = zooError { _ = try parse("{\n\"a\": 1,\n\n\"b\" 2}") }
        #expect(error?.place?.line == 4)
    }

    @Test("depth")
    func depth() throws {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(try parse(nested(64)).array?.count == 1)
        expect(zooError { _ = try parse(nested(65)) }, code: "format.json_too_deep", file: nil, ["more than 64 deep", "byte 64"])
        #expect(try parse("1", limits: JSONLimits(depth: 0)) == .integer(1))
        #expect(zooError { _ = try parse("{}", limits: JSONLimits(depth: 0)) }?.code == "format.json_too_deep")
        // No limit leads to more than the greatest depth.
        #expect(try parse(nested(512), limits: JSONLimits(depth: .max)).array?.count == 1)
        #expect(zooError { _ = try parse(nested(513), limits: JSONLimits(depth: .max)) }?.code == "format.json_too_deep")
        let endless = String(repeating: "{\"a\":[", count: 1_000_000)
        #expect(zooError { _ = try parse(endless, limits: JSONLimits(depth: .max)) }?.code == "format.json_too_deep")
    }

    @Test("size")
    func size() throws {
        #expect(try parse("[1]", limits: JSONLimits(bytes: 3)).array?.count == 1)
        expect(
            zooError { _ = try parse("[12]", limits: JSONLimits(bytes: 3)) }, code: "format.json_too_large", file: nil,
            ["has 4 bytes", "at most 3"])
    }

    @Test("duplicate keys in large objects, and keys that are only canonically equivalent")
    func keys() throws {
        let many = (0..<10_000).map { "\"key\($0)\":\($0)" }
        let object = try parse("{" + many.joined(separator: ",") + "}").object
        #expect(object?.count == 10_000)
        for index in 0..<10_000 { #expect(object?["key\(index)"] == .integer(index)) }
        #expect(object?["key10000"] == nil)
        for index in [0, 7, 8, 9, 5000, 9999] {
            let text = "{" + many.joined(separator: ",") + ",\"key\(index)\":0}"
            expect(zooError { _ = try parse(text) }, code: "format.json_duplicate_key", file: nil, entry: "key\(index)", ["twice"])
        }
        let equivalent = try parse("{\"\u{e9}\":1,\"e\u{301}\":2,\"\u{212b}\":3,\"\u{c5}\":4,\"A\u{30a}\":5}").object
        #expect(equivalent?.count == 5)
        #expect(equivalent?["\u{e9}"] == .integer(1))
        #expect(equivalent?["e\u{301}"] == .integer(2))
        #expect(equivalent?["\u{212b}"] == .integer(3))
    }

    @Test("objects are changed in place", arguments: [3, 100])
    func objects(count: Int) throws {
        var object = JSONObject()
        for index in 0..<count { object["k\(index)"] = .integer(index) }
        object["k1"] = .string("new")
        object["k0"] = nil
        object["nothing"] = nil
        #expect(object.count == count - 1)
        #expect(object.keys == (1..<count).map { "k\($0)" })
        #expect(object["k0"] == nil)
        #expect(object["k1"] == .string("new"))
        #expect(object["k2"] == .integer(2))
        object["k0"] = .null
        #expect(object.keys.last == "k0")
        #expect(object.pairs.last?.value == .null)
        var copy = object
        copy["k2"] = nil
        #expect(object["k2"] == .integer(2) && copy["k2"] == nil && copy != object)
        copy["k2"] = .integer(2)
        #expect(copy != object, "the order counts")
        #expect(JSON.object(object).hashValue == JSON.object(object).hashValue)
        let literal: JSONObject = ["a": .integer(1), "b": .null, "a": .integer(2)]
        #expect(literal.keys == ["a", "b"] && literal["a"] == .integer(2))
    }

    @Test("what is written")
    func written() throws {
        let value = JSON.object([
            "b": .array([
                .integer(1), .number(2), .number(0.1), .number(-0.0), .number(1e21), .number(.leastNonzeroMagnitude), .null, .bool(true),
            ]),
            "a": .object(["x": .array([]), "w": .object([:])]), "text": .string("\"\\/\u{0}\u{1f}\u{8}\t\n\u{c}\r\u{7f}é😀\u{2028}"),
        ])
        let text =
            "{\"b\":[1,2.0,0.1,-0.0,1e+21,5e-324,null,true],\"a\":{\"x\":[],\"w\":{}},"
            + "\"text\":\"\\\"\\\\/\\u0000\\u001f\\b\\t\\n\\f\\r\u{7f}é😀\u{2028}\"}"
        #expect(value.serializedText() == text)
        #expect(value.serialized() == Array(text.utf8))
        #expect(try parse(value.serializedText()) == value)
        #expect(try parse(value.serializedText(pretty: true)) == value)
        let sorted = JSON.object([
            "b": .integer(1), "a": .object(["d": .null, "c": .array([.integer(1), .object([:])])]), "B": .null, "é": .null,
        ])
        #expect(sorted.serializedText(sortedKeys: true) == "{\"B\":null,\"a\":{\"c\":[1,{}],\"d\":null},\"b\":1,\"é\":null}")
        #expect(
            sorted.serializedText(pretty: true, sortedKeys: true)
                == "{\n  \"B\": null,\n  \"a\": {\n    \"c\": [\n      1,\n      {}\n    ],\n    \"d\": null\n  },\n  \"b\": 1,\n  \"é\": null\n}"
        )
    }

    @Test("numbers without a JSON form are written as strings")
    func nonFinite() {
        let value = JSON.array([.number(.nan), .number(.infinity), .number(-.infinity), .number(-.nan)])
        #expect(value.serializedText() == "[\"NaN\",\"Infinity\",\"-Infinity\",\"NaN\"]")
    }

    @Test("every number is read back as it was")
    func roundTrip() throws {
        var generator = SplitMix64(seed: 3)
        for _ in 0..<20_000 {
            let number = Double(bitPattern: UInt64.random(in: .min ... .max, using: &generator))
            if !number.isFinite { continue }
            let text = JSON.number(number).serializedText()
            guard case .number(let found) = try parse(text) else {
                Issue.record("\(text) is no longer a number")
                continue
            }
            #expect(found.bitPattern == number.bitPattern, "\(text)")
            let integer = Int(truncatingIfNeeded: UInt64.random(in: .min ... .max, using: &generator))
            #expect(try parse(JSON.integer(integer).serializedText()) == .integer(integer))
        }
    }

    @Test("random changes: an error or a value, never a trap")
    func randomChanges() throws {
        let text = "{\"a\":[1,-2.5e3,\"x\\u00e9\\ud83d\\ude00\",null,true],\"é\":{\"b\":{},\"c\":[[]]},\"k\":\"😀\"} "
        let pieces = ["{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "e", "-", "0", "\0", "1e400"]
        var generator = SplitMix64(seed: 4)
        var accepted = 0
        for _ in 0..<100_000 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: bytes.remove(at: place)
                case 2: bytes.removeSubrange(place...)
                default: bytes.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &generator)].utf8, at: place)
                }
                if bytes.isEmpty { break }
            }
            guard let value = try? JSON.parse(bytes) else { continue }
            accepted += 1
            #expect(try JSON.parse(value.serialized()) == value)
        }
        #expect(accepted > 100)
    }

    @Test("a vocabulary of 30,522 entries")
    func vocabulary() throws {
        let members = (0..<30_522).map { "\"##token\($0 &* 2_654_435_761 % 30_522)_\($0)\":\($0)" }
        let bytes = Array("{\"model\":{\"vocab\":{\(members.joined(separator: ","))}}}".utf8)
        #expect(try JSON.parse(bytes)["model"]?["vocab"]?.object?.count == 30_522)
    }
}
