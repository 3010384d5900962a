import ModelZoo
import Testing
import ZooTensor

@Suite("Decoding of images")
struct ImageDecoderTests {
    @Test(
        "the same pixels as Pillow",
        arguments: [
            ("baseline.jpg", 1), ("progressive.jpg", 1), ("grey.jpg", 1), ("rgb.png", 0), ("grey.png", 0), ("bilevel.png", 0),
            ("lossy.webp", 1), ("lossless.webp", 0), ("interlaced16.png", 0),
        ])
    func pixels(name: String, tolerance: Int) throws {
        let difference = try #require(ImageFiles.difference(ImageFiles.decode(name), ImageFiles.decode(name + ".expected.png")))
        #expect(difference <= tolerance)
    }

    @Test(
        "I17 CMYK, 16 bits, palette with transparency, 1 x 1, 1 x 60000, animation",
        arguments: [
            ("cmyk.jpg", 2), ("grey16.png", 0), ("palette.png", 0), ("rgba.png", 1), ("alpha.webp", 1), ("1x1.png", 0), ("1x60000.png", 0),
            ("animated.webp", 0),
        ])
    func unusual(name: String, tolerance: Int) throws {
        let difference = try #require(ImageFiles.difference(ImageFiles.decode(name), ImageFiles.decode(name + ".expected.png")))
        #expect(difference <= tolerance)
    }

    @Test("I18 EXIF orientation 1 to 8: the same as the upright picture", arguments: 1...8)
    func orientation(number: Int) throws {
        let upright = try ImageFiles.decode("rgb.png")
        let image = try ImageFiles.decode("orientation\(number).jpg")
        let difference = try #require(ImageFiles.difference(image, upright))
        #expect(difference <= 40, "lossy, but the same scene: a wrong turn is off by more than 100")
        let expected = try ImageFiles.decode("orientation\(number).jpg.expected.png")
        #expect(try #require(ImageFiles.difference(image, expected)) <= 1)
    }

    @Test("I18 EXIF orientation in PNG and WebP", arguments: ["orientation6.png", "orientation6.webp"])
    func otherOrientation(name: String) throws {
        #expect(try ImageFiles.difference(ImageFiles.decode(name), ImageFiles.decode(name + ".expected.png")) == 0)
    }

    @Test(
        "I18 orientation as programs write it: other numbers and byte orders, with a prefix, in a raw profile, in XMP; as Pillow turns it",
        arguments: [
            "long.png", "little.png", "signed.png", "rational.png", "double.png", "byte.png", "prefix.png", "text.png", "packed.png",
            "both.png", "xmp.png", "xmp-packed.png", "invalid-xmp.png", "long.jpg", "xmp.jpg", "long.webp", "xmp.webp",
        ])
    func unusualOrientation(name: String) throws {
        let (image, expected) = (try ImageFiles.decode("turned-" + name), try ImageFiles.decode("turned-" + name + ".expected.png"))
        #expect(try #require(ImageFiles.difference(image, expected)) <= 1)
    }

    @Test("EXIF cut and changed in every place, in every form: an image or an error, never a trap")
    func damagedOrientation() throws {
        for name in ["rational.png", "packed.png", "xmp-packed.png", "text.png", "xmp.jpg", "long.webp"] {
            let bytes = try ImageFiles.bytes("turned-" + name)
            for place in bytes.indices {
                for value: UInt8 in [0, 1, 0x7F, 0xFF] {
                    var changed = bytes
                    changed[place] = value
                    do { _ = try ImageDecoder.decode(changed, name: "a", limits: ImageLimits(pixels: 100_000)) } catch {
                        #expect(error.exitCode == .data)
                    }
                }
            }
        }
    }

    @Test("a chunk of any size that is not needed is passed over")
    func largeChunk() throws {
        let bytes = try ImageFiles.bytes("rgb.png")
        let text = [UInt8](repeating: 0x61, count: 9 << 20)
        let chunk = ZipBuilder.little(text.count, 4).reversed() + Array("tEXt".utf8) + text + [0, 0, 0, 0]
        let expected = try ImageFiles.decode("rgb.png")
        #expect(try ImageDecoder.decode(Array(bytes[..<33]) + chunk + Array(bytes[33...]), name: "a") == expected)
        #expect(try ImageDecoder.decode(Array(bytes.dropLast(12)) + chunk + Array(bytes.suffix(12)), name: "a") == expected)
        let error = ImageFiles.error(Array(bytes[..<33]) + chunk, limits: ImageLimits())
        #expect(error == .truncated(name: "dir/a.jpg", format: .png))
    }

    @Test("a PNG without its last chunk, or with a part of it: read, and told")
    func withoutEnd() throws {
        let size = ImageProcessor.Size(width: 16, height: 16)
        let tokenizer = try ImageTokenizer(ImageProcessor(size: size), size: size, patchSize: 16, prefixTokens: 1, file: "c.json")
        for name in ["rgb.png", "interlaced16.png", "palette.png"] {
            let (bytes, expected) = (try ImageFiles.bytes(name), try ImageFiles.decode(name))
            for missing in 1...12 { #expect(try ImageDecoder.decode(bytes.dropLast(missing), name: "a") == expected, "\(missing)") }
            #expect(ImageFiles.error(Array(bytes.dropLast(13))) == .truncated(name: "dir/a.jpg", format: .png))
            let source = ImageSource(name: name, bytes: Array(bytes.dropLast(12)))
            _ = try tokenizer.checked(tokenizer.encode(.image(source)))
            _ = try tokenizer.prepare(tokenizer.encode(.image(source)), nil)
        }
        #expect(
            tokenizer.notes() == [
                "3 images have all their pixels, but their files end too early (the PNG chunk IEND is missing): \"interlaced16.png\", "
                    + "\"palette.png\", \"rgb.png\""
            ])
        #expect(tokenizer.notes().isEmpty)
    }

    @Test("I19 damaged EXIF: taken as upright, never a trap")
    func damagedEXIF() throws {
        let bytes = try ImageFiles.bytes("orientation6.jpg")
        let start = try #require((0..<bytes.count - 6).first { Array(bytes[$0..<$0 + 4]) == Array("Exif".utf8) })
        let stored = Array(bytes[(start + 6)...])
        #expect(stored.count > 40)
        for place in start..<start + 32 {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                var changed = bytes
                changed[place] = value
                // The marker's length is left alone, so that the pixels can always be decoded.
                let image = try ImageDecoder.decode(changed, name: "a.jpg")
                #expect([24, 16].contains(image.width) && image.width * image.height == 24 * 16)
            }
        }
    }

    @Test("I12 a PNG of 50,000 x 50,000 pixels in a few bytes: refused before memory is taken")
    func bomb() throws {
        let error = try #require(ImageFiles.error(ImageFiles.header(width: 50_000, height: 50_000)))
        #expect(error.code == "data.image_limit" && error.exitCode == .data)
        #expect(error.message.contains("50000 x 50000 pixels") && error.message.contains("100000000"))
        #expect(ImageFiles.error(ImageFiles.header(width: .max, height: .max))?.code == "data.image_limit")
        #expect(ImageFiles.error(ImageFiles.header(width: 0, height: 5))?.code == "data.image_damaged")
    }

    @Test("I13 a text of 40 MB in a chunk of 40 KB: passed over, not decompressed")
    func textBomb() throws {
        let (bytes, expected) = (try ImageFiles.bytes("text-bomb.png"), try ImageFiles.decode("rgb.png"))
        // libpng would unpack the whole text, which takes 0.3 s each time; to pass it over takes 0.1 ms.
        let limits = ImageLimits()
        var images: [PixelImage] = []
        let time = try threadTime {
            for _ in 0..<10 { images.append(try ImageDecoder.decode(bytes, name: "a", limits: limits)) }
        }
        #expect(time < 0.5, "\(time) s")
        #expect(images.count == 10 && images.allSatisfy { $0 == expected })
    }

    @Test("I14 a progressive JPEG with 80,000 scans: refused at the limit")
    func scans() throws {
        let bytes = try ImageFiles.bytes("progressive.jpg")
        let last = try #require((0..<bytes.count - 1).last { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
        let scan = bytes[last..<bytes.count - 2]
        let many = Array(bytes[..<last]) + Array(repeatElement(scan, count: 80_000).joined()) + [0xFF, 0xD9]
        let clock = ContinuousClock()
        let start = clock.now
        let error = try #require(ImageFiles.error(many))
        #expect(error.message.contains("scans") && error.message.contains("200"), "\(error)")
        #expect(clock.now - start < .seconds(2))
    }

    @Test("I15 images that are cut off: an error that says so", arguments: ["baseline.jpg", "progressive.jpg", "rgb.png", "lossy.webp"])
    func truncated(name: String) throws {
        let bytes = try ImageFiles.bytes(name)
        #expect(ImageFiles.error(Array(bytes[..<(bytes.count / 2)]))?.exitCode == .data)
        var named = 0
        // A PNG that lacks no more than its last chunk has all its pixels.
        for count in 0..<bytes.count - (name == "rgb.png" ? 12 : 2) {
            do {
                _ = try ImageDecoder.decode(Array(bytes[..<count]), name: "a")
                Issue.record("\(count) of \(bytes.count) bytes are decoded")
            } catch {
                if case .truncated = error { named += 1 }
            }
        }
        #expect(named > bytes.count / 3, "only \(named) are called cut off")
    }

    @Test("I16 what the bytes are counts, not the name; other things are named")
    func wrongNames() throws {
        let image = try ImageDecoder.decode(ImageFiles.bytes("rgb.png"), name: "photo.jpg")
        #expect(image.width == 24)
        for (text, found) in [
            ("<!DOCTYPE html><html><body>404", "an HTML page"), ("GIF89a......", "a GIF image"), ("BM......", "a BMP image"),
            ("II*\0........", "a TIFF image"), ("hello", "a text"), ("", "an empty file"), ("PK\u{3}\u{4}............", "a zip archive"),
        ] {
            let error = try #require(ImageFiles.error(Array(text.utf8)))
            #expect(error.message == "expected a JPEG, PNG or WebP image, found \(found)")
            #expect(error.hint?.contains("--on-bad skip") == true)
            #expect(error.hint?.contains("mogrify -format jpg dir/a.jpg") == found.hasSuffix("image"))
        }
    }

    @Test("limits on pixels and bytes")
    func limits() throws {
        let bytes = try ImageFiles.bytes("rgb.png")
        #expect(ImageFiles.error(bytes, limits: ImageLimits(pixels: 383))?.code == "data.image_limit")
        #expect(ImageFiles.error(bytes, limits: ImageLimits(byteCount: 100))?.code == "data.image_limit")
        #expect(try ImageDecoder.decode(bytes, name: "a", limits: ImageLimits(pixels: 384, byteCount: 111)).height == 16)
    }

    @Test("an edge of more than 65535 pixels is refused, however few pixels there are", arguments: [(1, 70_000), (70_000, 1)])
    func longEdge(width: Int, height: Int) throws {
        let bytes = try png(7, width: width, height: height)
        let error = try #require(ImageFiles.error(bytes))
        #expect(error.code == "data.image_limit" && error.exitCode == .data)
        #expect(error.message == "the image has 70000 pixels along an edge, at most 65535 are allowed")
        let image = try ImageDecoder.decode(bytes, name: "a", limits: ImageLimits(edge: 70_000))
        #expect(image.width == width && image.height == height)
    }

    @Test(
        "every changed byte gives an image or an error",
        arguments: ["baseline.jpg", "progressive.jpg", "palette.png", "interlaced16.png", "alpha.webp"])
    func flips(name: String) throws {
        let bytes = try ImageFiles.bytes(name)
        for place in bytes.indices {
            for change: UInt8 in [0x01, 0x80, 0xFF] {
                var changed = bytes
                changed[place] ^= change
                do {
                    let image = try ImageDecoder.decode(changed, name: "a", limits: ImageLimits(pixels: 1_000_000))
                    #expect(image.width > 0 && image.pixels.count == 3 * image.width * image.height)
                } catch {
                    #expect(error.exitCode == .data)
                }
            }
        }
    }

    @Test("an image written as PNG is the same when it is read")
    func roundTrip() throws {
        let image = try ImageFiles.decode("baseline.jpg")
        #expect(try ImageDecoder.decode(ImageDecoder.png(image), name: "a") == image)
    }
}
