#!/usr/bin/env python3
"""Writes the images that Tests/ModelZooTests decodes, and what Pillow makes of them.

    make_image_fixtures.py [FOLDER]        ../ModelZooTests/Fixtures/images by default

NAME.jpg, .png, .webp     24 x 16 pixels unless the name tells another size
NAME.expected.png         the same upright, as RGB, transparency over white
"""

import io
import os
import struct
import sys
import zlib

import numpy
from PIL import Image, ImageOps

WIDTH, HEIGHT = 24, 16


def picture():
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    return Image.fromarray(numpy.stack([x * 10, y * 15, (x * 7 + y * 11) % 256], axis=-1).astype(numpy.uint8))


def upright(image):
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I;16", "I"):
        values = numpy.asarray(image).astype(numpy.uint32) >> 8
        return Image.fromarray(values.astype(numpy.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def tiff(order, kind, value):
    """EXIF with an orientation of a type of numbers and nothing else."""
    form = {1: "B", 3: "H", 4: "I", 5: "II", 8: "h", 12: "d"}[kind]
    value = struct.pack(order + form, *(value if isinstance(value, tuple) else (value,)))
    inline, after = (value.ljust(4, b"\0"), b"") if len(value) <= 4 else (struct.pack(order + "I", 26), value)
    start = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "IHHHI", 8, 1, 0x0112, kind, 1)
    return start + inline + bytes(4) + after


def profile(data):
    """EXIF as ImageMagick keeps it in a text of a PNG."""
    digits = data.hex()
    lines = [digits[i : i + 72] for i in range(0, len(digits), 72)]
    return ("\nexif\n%8d\n" % len(data) + "\n".join(lines) + "\n").encode()


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "ModelZooTests", "Fixtures", "images")
    os.makedirs(folder, exist_ok=True)
    image = picture()

    def write(name, picture, **options):
        path = os.path.join(folder, name)
        picture.save(path, **options)
        upright(Image.open(path)).save(os.path.join(folder, name + ".expected.png"), optimize=True)

    # The same scene, held eight ways.
    inverse = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpositions that lead from upright to the stored image
    for orientation, operation in inverse.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = image if operation is None else image.transpose(Image.Transpose(operation))
        write(f"orientation{orientation}.jpg", stored, exif=exif, quality=95, subsampling=0)
    exif = Image.Exif()
    exif[0x0112] = 6
    write("orientation6.png", image.transpose(Image.Transpose.ROTATE_90), exif=exif)
    write("orientation6.webp", image.transpose(Image.Transpose.ROTATE_90), exif=exif, lossless=True)

    # The same in other forms that programs write: other types of numbers and byte orders, the prefix of JPEG within PNG, ImageMagick's raw
    # profile, XMP.
    turned = image.transpose(Image.Transpose.ROTATE_90)
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    plain = io.BytesIO()
    turned.save(plain, "PNG", optimize=True)
    plain = plain.getvalue()
    for name, extra in {
        "long": chunk(b"eXIf", tiff(">", 4, 6)),
        "little": chunk(b"eXIf", tiff("<", 3, 6)),
        "signed": chunk(b"eXIf", tiff("<", 8, 6)),
        "rational": chunk(b"eXIf", tiff(">", 5, (12, 2))),
        "double": chunk(b"eXIf", tiff("<", 12, 6.0)),
        "byte": chunk(b"eXIf", tiff(">", 1, 6)),
        "prefix": chunk(b"eXIf", b"Exif\0\0" + tiff(">", 3, 6)),
        "text": chunk(b"tEXt", b"Raw profile type exif\0" + profile(tiff(">", 3, 6))),
        "packed": chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile(b"Exif\0\0" + tiff("<", 3, 6)))),
        "both": chunk(b"eXIf", tiff(">", 3, 1)) + chunk(b"tEXt", b"Raw profile type exif\0" + profile(tiff(">", 3, 6))),
        "xmp": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
        "xmp-packed": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp)),
        "invalid-xmp": chunk(b"eXIf", tiff(">", 3, 0)) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
    }.items():
        path = os.path.join(folder, f"turned-{name}.png")
        with open(path, "wb") as file:
            file.write(plain[:33] + extra + plain[33:])
        upright(Image.open(path)).save(path + ".expected.png", optimize=True)
    for kind, options in (("jpg", {"quality": 95, "subsampling": 0}), ("webp", {"lossless": True})):
        write(f"turned-long.{kind}", turned, exif=b"Exif\0\0" + tiff("<", 4, 6), **options)
        write(f"turned-xmp.{kind}", turned, xmp=xmp, **options)

    write("baseline.jpg", image, quality=90)
    write("progressive.jpg", image, quality=90, progressive=True)
    write("grey.jpg", image.convert("L"), quality=90)
    write("cmyk.jpg", image.convert("CMYK"), quality=95)
    write("rgb.png", image, optimize=True)
    write("grey.png", image.convert("L"), optimize=True)
    deep = numpy.asarray(image.convert("L")).astype(numpy.uint16) * 257
    write("grey16.png", Image.fromarray(deep))
    translucent = image.copy()
    translucent.putalpha(Image.fromarray((numpy.mgrid[0:HEIGHT, 0:WIDTH][1] * 11).astype(numpy.uint8)))
    write("rgba.png", translucent, optimize=True)
    palette = image.quantize(16)
    write("palette.png", palette, transparency=3, optimize=True)
    write("bilevel.png", image.convert("1"), optimize=True)
    write("1x1.png", Image.new("RGB", (1, 1), (1, 2, 3)))
    write("1x60000.png", Image.new("L", (1, 60000), 77), optimize=True)
    write("lossy.webp", image, quality=90)
    write("lossless.webp", image, lossless=True)
    write("alpha.webp", translucent, lossless=True, exact=True)
    frames = [image, image.transpose(Image.Transpose.ROTATE_180)]
    frames[0].save(os.path.join(folder, "animated.webp"), save_all=True, append_images=frames[1:], duration=100, lossless=True)
    upright(Image.open(os.path.join(folder, "animated.webp"))).save(os.path.join(folder, "animated.webp.expected.png"), optimize=True)

    # An interlaced image with 16 bits a channel, written by hand, since Pillow writes none: each of the seven passes, not filtered.
    pixels = numpy.asarray(image).astype(numpy.uint16) * 257
    data = b""
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        for row in pixels[y0::dy, x0::dx]:
            data += b"\0" + row.astype(">u2").tobytes()
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 2, 0, 0, 1)
    # A text of 40 MB in 40 KB, which must not be decompressed.
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 40_000_000, 9))
    for name, extra in (("interlaced16.png", b""), ("text-bomb.png", bomb)):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b""))
        image.save(os.path.join(folder, name + ".expected.png"), optimize=True)


if __name__ == "__main__":
    main()
