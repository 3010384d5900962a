import Testing
import ZooTensor

/// Files that break one rule of the format each, and the odd ones that keep all.
@Suite("Safetensors header")
struct SafetensorsHeaderCases {
    /// Four F32 elements.
    let data = bytes(of: [1, 2, 3, 4])

    @Test("S1 empty file")
    func emptyFile() throws {
        try expectRefused([], code: "format.file_too_small", "expected at least 8 bytes", "found 0")
    }

    @Test("S2 seven bytes")
    func sevenBytes() throws {
        try expectRefused([1, 0, 0, 0, 0, 0, 0], code: "format.file_too_small", "expected at least 8 bytes", "found 7")
    }

    @Test("S3 header length 2^64-1")
    func greatestLength() throws {
        try expectRefused(
            safetensorsBytes("{}", length: .max), code: "format.header_too_large", "at most 8000000", "18446744073709551615")
        let bytes = safetensorsBytes("{}", length: UInt64(Int.max))
        try expectRefused(bytes, code: "format.header_too_large", "9223372036854775807")
    }

    @Test("S4 header length beyond the format's limit, small file")
    func lengthBeyondLimit() throws {
        let bytes = safetensorsBytes("{}", length: 100_000_001)
        try expectRefused(bytes, code: "format.header_too_large", "at most 8000000", "100000001")
        let folder = try TemporaryFolder()
        let path = try folder.write("bad.safetensors", bytes)
        let error = zooError { _ = try SafetensorsFile(path, limits: SafetensorsLimits(headerByteCount: .max)) }
        expect(error, code: "format.header_too_large", file: path, ["at most 100000000", "100000001"])
        // The greatest length that the format allows fails for want of bytes, before anything of that size is reserved.
        try folder.write("bad.safetensors", safetensorsBytes("{}", length: 100_000_000))
        let second = zooError { _ = try SafetensorsFile(path, limits: SafetensorsLimits(headerByteCount: .max)) }
        expect(second, code: "format.header_beyond_file", file: path, ["100000000", "found 2"])
    }

    @Test("S5 header one byte longer than the file")
    func headerBeyondEnd() throws {
        try expectRefused(safetensorsBytes("{}", length: 3), code: "format.header_beyond_file", "header of 3 bytes", "found 2")
    }

    @Test("S6 header of length 0")
    func emptyHeader() throws {
        try expectRefused(safetensorsBytes(""), code: "format.json_syntax", "expected a value", "found the end")
    }

    @Test("S7 invalid UTF-8")
    func invalidUTF8() throws {
        try expectRefused(
            safetensorsBytes(Array("{\"a".utf8) + [0xff] + Array("\":1}".utf8)), code: "format.json_utf8", "UTF-8", "0xff", "byte 3")
        // An overlong form and a surrogate in three bytes.
        for sequence: [UInt8] in [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]] {
            try expectRefused(
                safetensorsBytes(Array("{\"".utf8) + sequence + Array("\":1}".utf8)), code: "format.json_utf8", "UTF-8")
        }
    }

    @Test("S8 only an opening brace")
    func onlyBrace() throws {
        try expectRefused(safetensorsBytes("{"), code: "format.json_syntax", "expected a key", "found the end")
    }

    @Test("S9 an array in place of the object")
    func arrayHeader() throws {
        try expectRefused(safetensorsBytes("[]"), code: "format.header_not_object", "JSON object", "found an empty array")
        try expectRefused(safetensorsBytes("\"x\""), code: "format.header_not_object", "JSON object", "found \"x\"")
    }

    @Test("S10 nesting 100,000 deep")
    func deepNesting() throws {
        let deep = "{\"a\":" + String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000) + "}"
        try expectRefused(safetensorsBytes(deep), code: "format.json_too_deep", "more than 4 deep")
        let objects = String(repeating: "{\"a\":", count: 100_000)
        try expectRefused(safetensorsBytes(objects), code: "format.json_too_deep", "more than 4 deep")
    }

    @Test("S11 duplicate key, other range")
    func duplicateKeyOtherRange() throws {
        let header = "{" + entryText("a", "[2]", 0, 8) + "," + entryText("a", "[2]", 8, 16) + "}"
        try expectRefused(safetensorsBytes(header, data: data), code: "format.json_duplicate_key", entry: "a", "unique", "\"a\" twice")
    }

    @Test("S12 duplicate key, same range")
    func duplicateKeySameRange() throws {
        let entry = entryText("a", "[4]", 0, 16)
        try expectRefused(
            safetensorsBytes("{\(entry),\(entry)}", data: data), code: "format.json_duplicate_key", entry: "a", "unique", "\"a\" twice")
        // The same name, once with an escape.
        let escaped = entryText("\\u0061", "[4]", 0, 16)
        try expectRefused(
            safetensorsBytes("{\(entry),\(escaped)}", data: data), code: "format.json_duplicate_key", entry: "a", "\"a\" twice")
    }

    @Test("S13 two metadata objects")
    func twoMetadata() throws {
        let header = "{\"__metadata__\":{\"a\":\"b\"},\"__metadata__\":{\"a\":\"b\"}}"
        try expectRefused(safetensorsBytes(header), code: "format.json_duplicate_key", entry: "__metadata__", "\"__metadata__\" twice")
        let keys = "{\"__metadata__\":{\"a\":\"b\",\"a\":\"c\"}}"
        try expectRefused(safetensorsBytes(keys), code: "format.json_duplicate_key", entry: "a", "\"a\" twice")
    }

    @Test(
        "S14 metadata value that is no string",
        arguments: [("1", "1"), ("null", "null"), ("{}", "an empty object"), ("[\"a\"]", "an array")])
    func metadataType(value: String, found: String) throws {
        try expectRefused(
            safetensorsBytes("{\"__metadata__\":{\"key\":\(value)}}"), code: "format.metadata_type", entry: "__metadata__",
            "\"key\" to be a string", "found \(found)")
        try expectRefused(
            safetensorsBytes("{\"__metadata__\":\(["{}", "null"].contains(value) ? "7" : value)}"), code: "format.metadata_type",
            entry: "__metadata__", "an object of strings")
    }

    @Test("metadata that is null is none, as the reference reads it")
    func nullMetadata() throws {
        let bytes = safetensorsBytes("{\"__metadata__\":null}")
        let header = try bytes.withUnsafeBytes { try SafetensorsHeader($0, fileByteCount: bytes.count) }
        #expect(header.metadata.isEmpty && header.entries.isEmpty)
    }

    @Test("S14 metadata beyond 1 MB")
    func metadataSize() throws {
        let fits = safetensorsBytes("{\"__metadata__\":{\"k\":\"\(String(repeating: "x", count: 999_999))\"}}")
        let header = try fits.withUnsafeBytes { try SafetensorsHeader($0, fileByteCount: fits.count) }
        #expect(header.metadata["k"]?.utf8.count == 999_999)
        try expectRefused(
            safetensorsBytes("{\"__metadata__\":{\"k\":\"\(String(repeating: "x", count: 1_000_000))\"}}"),
            code: "format.metadata_too_large", "at most 1000000", "found 1000001")
    }

    @Test("S15 unknown dtype")
    func unknownType() throws {
        for type in ["F33", "f32", "", "F32 "] {
            let header = "{" + entryText("w", type, "[4]", 0, 16) + "}"
            try expectRefused(
                safetensorsBytes(header, data: data), code: "format.unknown_type", entry: "w", "unknown dtype \"\(type)\"", "F32, F16")
        }
    }

    @Test(
        "S15 dtype of the reference that is not supported",
        arguments: [
            ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("F8_E4M3", 8), ("F8_E5M2", 8), ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8),
            ("F8_E5M2FNUZ", 8), ("U16", 16), ("U32", 32), ("U64", 64), ("C64", 64),
        ])
    func unsupportedType(type: String, bits: Int) throws {
        let header = "{" + entryText("w", type, "[4]", 0, bits / 2) + "}"
        try expectRefused(
            safetensorsBytes(header, data: [UInt8](repeating: 0, count: bits / 2)), code: "format.unsupported_type", entry: "w",
            "\(type) is not supported", "F32, F16")
    }

    @Test("S16 unknown field in an entry")
    func unknownField() throws {
        let header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16],\"strides\":[1]}}"
        try expectRefused(safetensorsBytes(header, data: data), code: "format.unknown_field", entry: "w", "no fields but", "\"strides\"")
    }

    @Test("S17 missing field", arguments: ["dtype", "shape", "data_offsets"])
    func missingField(field: String) throws {
        let fields = ["dtype": "\"F32\"", "shape": "[4]", "data_offsets": "[0,16]"]
        let rest = ["dtype", "shape", "data_offsets"].filter { $0 != field }.map { "\"\($0)\":\(fields[$0] ?? "")" }
        let header = "{\"w\":{" + rest.joined(separator: ",") + "}}"
        try expectRefused(
            safetensorsBytes(header, data: data), code: "format.missing_field", entry: "w", "\"\(field)\" is missing", "expected dtype")
    }

    @Test("S17 entry that is no object", arguments: ["null", "[]", "1", "\"F32\""])
    func entryType(value: String) throws {
        try expectRefused(safetensorsBytes("{\"w\":\(value)}"), code: "format.invalid_field", entry: "w", "an object with dtype")
    }

    @Test("S18 negative offset")
    func negativeOffset() throws {
        let header = "{" + entryText("w", "[4]", -16, 0) + "}"
        try expectRefused(
            safetensorsBytes(header, data: data), code: "format.invalid_field", entry: "w", "data_offsets", "whole numbers", "found -16")
    }

    @Test("S18 offsets that are no pair", arguments: ["[]", "[0]", "[0,8,16]", "{}", "16"])
    func offsetsShape(offsets: String) throws {
        let header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":\(offsets)}}"
        try expectRefused(safetensorsBytes(header, data: data), code: "format.invalid_field", entry: "w", "data_offsets to be")
    }

    @Test(
        "S19 dimension that is no whole number",
        arguments: [
            ("4.0", "4.0"), ("4e0", "4.0"), ("1e3", "1000.0"), ("-4", "-4"), ("\"4\"", "\"4\""), ("null", "null"), ("true", "true"),
            ("281474976710657", "281474976710657"),
        ])
    func dimensionType(dimension: String, found: String) throws {
        let header = "{" + entryText("w", "[\(dimension)]", 0, 16) + "}"
        try expectRefused(
            safetensorsBytes(header, data: data), code: "format.invalid_field", entry: "w", "shape", "whole numbers from 0 to 2^48",
            "found \(found)")
    }

    @Test("S20 shape [2, 18446744073709551614]")
    func dimensionBeyondInt() throws {
        let header = "{" + entryText("w", "[2,18446744073709551614]", 0, 16) + "}"
        try expectRefused(
            safetensorsBytes(header, data: data), code: "format.invalid_field", entry: "w", "shape", "whole numbers", "e+19")
    }

    @Test("S21 shape [2, 9223372036854775807] of I32")
    func dimensionGreatestInt() throws {
        let header = "{" + entryText("w", "I32", "[2,9223372036854775807]", 0, 16) + "}"
        try expectRefused(
            safetensorsBytes(header, data: data), code: "format.invalid_field", entry: "w", "shape", "found 9223372036854775807")
    }

    @Test(
        "S21 shape whose size overflows",
        arguments: ["[281474976710656,281474976710656]", "[65536,65536,65536,8192]", "[0,281474976710656,281474976710656]"])
    func sizeOverflow(shape: String) throws {
        let header = "{" + entryText("w", "I32", shape, 0, 16) + "}"
        try expectRefused(safetensorsBytes(header, data: data), code: "format.shape_overflow", entry: "w", "fits 64 bits", "found [")
    }

    @Test("S21 rank above 8")
    func rank() throws {
        let fits = safetensorsBytes("{" + entryText("w", "[1,1,1,1,1,1,1,4]", 0, 16) + "}", data: data)
        #expect(try fits.withUnsafeBytes { try SafetensorsHeader($0, fileByteCount: fits.count) }.entries[0].shape.rank == 8)
        let header = "{" + entryText("w", "[1,1,1,1,1,1,1,1,4]", 0, 16) + "}"
        try expectRefused(safetensorsBytes(header, data: data), code: "format.rank_too_large", entry: "w", "at most 8", "found 9")
    }

    @Test("S22 range that ends before it begins")
    func reversedRange() throws {
        let header = "{" + entryText("w", "[4]", 16, 0) + "}"
        try expectRefused(safetensorsBytes(header, data: data), code: "format.reversed_range", entry: "w", "[16, 0]")
    }

    @Test("S23 ten tensors on one range")
    func overlap() throws {
        let entries = (0..<10).map { entryText("t\($0)", "[4]", 0, 16) }
        try expectRefused(
            safetensorsBytes("{" + entries.joined(separator: ",") + "}", data: data), code: "format.overlap", entry: "t1",
            "\"t0\" ends", "from byte 16", "from 0: the tensors overlap")
        let partial = "{" + entryText("a", "[2]", 0, 8) + "," + entryText("b", "[3]", 4, 16) + "}"
        try expectRefused(safetensorsBytes(partial, data: data), code: "format.overlap", entry: "b", "\"a\" ends", "from 4")
    }

    @Test("S24 gap of one byte")
    func gap() throws {
        let header = "{" + entryText("a", "U8", "[8]", 0, 8) + "," + entryText("b", "U8", "[7]", 9, 16) + "}"
        try expectRefused(safetensorsBytes(header, data: data), code: "format.gap", entry: "b", "from byte 8 on", "from 9")
        let first = "{" + entryText("a", "U8", "[15]", 1, 16) + "}"
        try expectRefused(safetensorsBytes(first, data: data), code: "format.gap", entry: "a", "from byte 0 on", "from 1")
    }

    @Test("S25 size that is not shape times dtype")
    func sizeMismatch() throws {
        for (type, shape, size) in [("F32", "[3]", 12), ("F32", "[5]", 20), ("F16", "[4]", 8), ("F64", "[4]", 32), ("F32", "[]", 4)] {
            let header = "{" + entryText("w", type, shape, 0, 16) + "}"
            try expectRefused(
                safetensorsBytes(header, data: data), code: "format.size_mismatch", entry: "w", "over \(size) bytes", "of \(type)",
                "found 16")
        }
    }

    @Test("S26 one trailing byte")
    func trailingByte() throws {
        let header = "{" + entryText("w", "[4]", 0, 16) + "}"
        try expectRefused(safetensorsBytes(header, data: data + [0]), code: "format.data_length", "expected 16", "found 17", "no tensor")
        try expectRefused(safetensorsBytes("{}", data: [0]), code: "format.data_length", "expected 0", "found 1")
    }

    @Test("S27 two bytes cut off")
    func truncated() throws {
        let header = "{" + entryText("w", "[4]", 0, 16) + "}"
        try expectRefused(
            safetensorsBytes(header, data: data.dropLast(2)), code: "format.data_length", "cut off", "expected 16", "found 14")
    }

    @Test("S28 F4 with an odd number of elements")
    func partialByte() throws {
        let header = "{" + entryText("w", "F4", "[3]", 0, 1) + "}"
        try expectRefused(
            safetensorsBytes(header, data: [0]), code: "format.partial_byte", entry: "w", "whole bytes", "[3] of F4")
    }

    @Test("S29 empty tensors and scalars are accepted")
    func emptyAndScalar() throws {
        let text = [
            entryText("empty", "[2,0]", 4, 4), entryText("scalar", "[]", 0, 4), entryText("last", "[0]", 4, 4), entryText("x", "[1]", 4, 8),
        ]
        let bytes = safetensorsBytes("{" + text.joined(separator: ",") + "}", data: bytes(of: [7, 8]))
        let folder = try TemporaryFolder()
        let path = try folder.write("ok.safetensors", bytes)
        for access in [SafetensorsFile.Access.copied, .mapped] {
            let file = try SafetensorsFile(path, access: access)
            #expect(file.entries.map(\.name) == ["scalar", "empty", "last", "x"])
            #expect(try file.tensor("scalar").elements == [7])
            #expect(try file.tensor("scalar").shape == [])
            #expect(try file.tensor("empty").shape == [2, 0])
            #expect(try file.tensor("empty").elements == [])
            #expect(try file.rawBytes("last") == [])
            #expect(try file.tensor("x").elements == [8])
        }
        let none = safetensorsBytes("{}")
        #expect(try none.withUnsafeBytes { try SafetensorsHeader($0, fileByteCount: none.count) }.entries.isEmpty)
    }

    @Test("S30 whitespace around the header is accepted, NUL padding is not")
    func padding() throws {
        let header = "{" + entryText("w", "[4]", 0, 16) + "}"
        let folder = try TemporaryFolder()
        for text in [" \t\r\n" + header, header + " \t\r\n", String(repeating: " ", count: 4096) + header + "      "] {
            let path = try folder.write("ok.safetensors", safetensorsBytes(text, data: data))
            #expect(try SafetensorsFile(path).tensor("w").elements == [1, 2, 3, 4])
        }
        for text in [header + "\0\0\0", "\0" + header, header + "  \0"] {
            try expectRefused(safetensorsBytes(text, data: data), code: "format.json_padding", "spaces as padding", "NUL bytes")
        }
        try expectRefused(safetensorsBytes(header + "x", data: data), code: "format.json_trailing", "the end", "found \"x\"")
        try expectRefused(safetensorsBytes("\u{feff}" + header, data: data), code: "format.json_byte_order_mark", "byte order mark")
    }

    @Test("S38 sizes whose sum nears 2^64")
    func sumOfSizes() throws {
        let step = 1 << 61
        let huge = (0..<9).map { index in
            "\"t\(index)\":{\"dtype\":\"U8\",\"shape\":[\(step)],\"data_offsets\":[\(UInt64(index) &* UInt64(step)),"
                + "\(UInt64(index + 1) &* UInt64(step))]}"
        }
        try expectRefused(
            safetensorsBytes("{" + huge.joined(separator: ",") + "}"), code: "format.invalid_field", entry: "t0", "2^48",
            "found 2305843009213693952")
        // The greatest numbers that are allowed.
        let great = entryText("t", "U8", "[\(1 << 48)]", 0, 1 << 48)
        try expectRefused(safetensorsBytes("{\(great)}"), code: "format.data_length", "expected 281474976710656", "found 0")
    }
}
