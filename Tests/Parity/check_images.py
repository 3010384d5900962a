"""6. Images: decoded and resized as by Pillow, prepared as by `transformers`, and what ViT makes of them."""

import glob
import os

import check_vit
import image_reference
import numpy
import PIL
import torch
from image_reference import HALF
from image_zoo import ImageZoo
from PIL import Image, ImageOps, features
from transformers import AutoImageProcessor, BeitImageProcessorPil, BitImageProcessorPil, CLIPImageProcessorPil
from transformers import ConvNextImageProcessorPil, DeiTImageProcessorPil, ViTImageProcessorPil

SETS = ("flowers5", "sign-digits")
GREY_LIMIT = 1
SHARE = 0.999
VALUES_LIMIT = 1e-5
IMAGENET_MEAN, IMAGENET_DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
CLIP_MEAN, CLIP_DEVIATION = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
# The forms of preprocessor_config.json, the edge of an image that is only normalised or cropped, and the class that reads them.
FORMS = {
    "ViT": (224, ViTImageProcessorPil, {
        "do_normalize": True, "do_rescale": True, "do_resize": True, "image_mean": HALF, "image_std": HALF,
        "image_processor_type": "ViTImageProcessor", "resample": 2, "rescale_factor": 0.00392156862745098,
        "size": {"height": 224, "width": 224},
    }),
    "ViT, as of 2021": (224, ViTImageProcessorPil, {
        "do_normalize": True, "do_resize": True, "feature_extractor_type": "ViTFeatureExtractor", "image_mean": HALF, "image_std": HALF,
        "resample": 2, "size": 224,
    }),
    "DeiT": (256, DeiTImageProcessorPil, {
        "crop_size": 224, "do_center_crop": True, "do_normalize": True, "do_resize": True, "feature_extractor_type": "DeiTFeatureExtractor",
        "image_mean": IMAGENET_MEAN, "image_std": IMAGENET_DEVIATION, "resample": 3, "size": 256,
    }),
    "BEiT": (224, BeitImageProcessorPil, {
        "crop_size": 224, "do_center_crop": False, "do_normalize": True, "do_resize": True,
        "feature_extractor_type": "BeitFeatureExtractor", "image_mean": HALF, "image_std": HALF, "resample": 2, "size": 224,
    }),
    "DINOv2": (256, BitImageProcessorPil, {
        "crop_size": {"height": 224, "width": 224}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True,
        "do_rescale": True, "do_resize": True, "image_mean": IMAGENET_MEAN, "image_processor_type": "BitImageProcessor",
        "image_std": IMAGENET_DEVIATION, "resample": 3, "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 256},
    }),
    "CLIP": (224, CLIPImageProcessorPil, {
        "crop_size": 224, "do_center_crop": True, "do_normalize": True, "do_resize": True, "feature_extractor_type": "CLIPFeatureExtractor",
        "image_mean": CLIP_MEAN, "image_std": CLIP_DEVIATION, "resample": 3, "size": 224,
    }),
    "ConvNeXt": (256, ConvNextImageProcessorPil, {
        "crop_pct": 0.875, "do_normalize": True, "do_resize": True, "image_mean": IMAGENET_MEAN, "image_std": IMAGENET_DEVIATION,
        "image_processor_type": "ConvNextImageProcessor", "resample": 3, "size": {"shortest_edge": 224},
    }),
    "DeiT, the crop larger than the image": (201, DeiTImageProcessorPil, {
        "crop_size": {"height": 224, "width": 224}, "do_center_crop": True, "do_normalize": True, "do_rescale": True, "do_resize": True,
        "image_mean": IMAGENET_MEAN, "image_std": IMAGENET_DEVIATION, "image_processor_type": "DeiTImageProcessor", "resample": 1,
        "rescale_factor": 0.00392156862745098, "size": {"height": 201, "width": 201},
    }),
}  # fmt: skip


def photos(data, name, count):
    """Some photos of a set, evenly spaced over its classes."""
    paths = sorted(glob.glob(os.path.join(glob.escape(data), name, "*", "*", "*.[jJ]*")))
    step = max(1, len(paths) // count)
    return paths[step // 2 :: step][:count]


def run(report, zoo, data):
    report.section(f"6. Images (Pillow {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')})")
    absent = [name for name in SETS if not data or not photos(data, name, 1)]
    if absent:
        report.skip("images", "not found: " + ", ".join(absent))
        return
    zoo = ImageZoo(zoo)
    decoding(report, zoo, photos(data, "flowers5", 25) + photos(data, "sign-digits", 25))
    kinds(report, zoo, photos(data, "flowers5", 1)[0])
    resizing(report, zoo, photos(data, "flowers5", 8), photos(data, "sign-digits", 4))
    preparation(report, zoo, photos(data, "flowers5", 4) + photos(data, "sign-digits", 2))

    model = os.environ.get("ZOO_PARITY_VIT") or os.path.join(data, "..", "models", "vit-tiny-patch16-224")
    if not os.path.exists(os.path.join(model, "config.json")):
        report.section("6d. ViT")
        report.skip("ViT", "ZOO_PARITY_VIT names no folder of a ViT in upstream layout")
        return
    check_vit.run(report, zoo, model, photos(data, "flowers5", 40) + photos(data, "sign-digits", 10), labelled(data))


def labelled(data):
    """Photos of all five kinds of flowers: (path, number of the class)."""
    paths = photos(data, "flowers5", 15)
    names = sorted(os.listdir(os.path.join(data, "flowers5", "train")))
    return [(path, names.index(os.path.basename(os.path.dirname(path)))) for path in paths]


def compare(report, name, pairs, limit=GREY_LIMIT, share=SHARE):
    """Reports the largest difference of two lists of pixels and the share of values that are the same."""
    if any(found.shape != expected.shape for found, expected in pairs):
        report.line(False, name, "the sizes differ")
        return
    differences = torch.cat([(found - expected).abs().flatten() for found, expected in pairs])
    largest, same = differences.max().item(), (differences == 0).float().mean(dtype=torch.float64).item()
    detail = f"{100 * same:.6g} % of {len(differences)} values identical (limit {100 * share:g} %), largest difference {largest:g}"
    report.line(largest <= limit and same >= share, name, f"{detail} (limit {limit:g})")


def decoding(report, zoo, paths):
    report.section("6a. Decoded pixels, in grey levels")
    found = zoo.decoded(paths)
    compare(report, f"{len(paths)} JPEG photos", list(zip(found, [image_reference.pixels(image_reference.opened(p)) for p in paths])))


def kinds(report, zoo, path):
    """What the photos do not have: other kinds of JPEG, PNG and WebP, made by Pillow."""
    photo = image_reference.opened(path).crop((3, 5, 104, 72))
    folder = zoo.path("kinds")
    os.makedirs(folder)
    alpha = photo.copy()
    alpha.putalpha(Image.linear_gradient("L").resize(photo.size))
    grey = photo.convert("L")
    deep = Image.fromarray(numpy.asarray(grey, dtype=numpy.uint16) * 257)
    palette = photo.quantize(40)
    # Name, image, options of the file, what is expected if not the file as Pillow reads it, limit. The values of a lossy format follow the
    # library's version; CMYK, whose conversion Pillow rounds its own way, and transparency are computed exactly.
    cases = [
        ("progressive.jpg", photo, {"progressive": True, "quality": 80}, None, 1), ("4-4-4.jpg", photo, {"subsampling": 0}, None, 1),
        ("4-2-2.jpg", photo, {"subsampling": 1}, None, 1), ("4-2-0, coarse.jpg", photo, {"subsampling": 2, "quality": 10}, None, 1),
        ("grey.jpg", grey, {}, None, 1), ("CMYK.jpg", photo.convert("CMYK"), {}, None, 1), ("colour.png", photo, {}, None, 0),
        ("grey.png", grey, {}, None, 0), ("two colours.png", grey.convert("1"), {}, None, 0), ("palette.png", palette, {}, None, 0),
        ("transparent palette.png", palette, {"transparency": 3}, "opaque", 0), ("transparent.png", alpha, {}, "opaque", 0),
        ("transparent grey.png", alpha.convert("LA"), {}, "opaque", 0), ("16 bits.png", deep, {}, grey, 0),
        ("lossy.webp", photo, {"quality": 80}, None, 1), ("lossless.webp", photo, {"lossless": True}, None, 0),
        ("transparent.webp", alpha, {"lossless": True, "exact": True}, "opaque", 0),
    ]  # fmt: skip
    paths = [os.path.join(folder, name) for name, *_ in cases]
    for path, (_, image, options, _, _) in zip(paths, cases):
        image.save(path, **options)
    for path, found, (name, _, _, expected, limit) in zip(paths, zoo.decoded(paths), cases):
        with Image.open(path) as image:
            image.load()
            image = image_reference.opaque(image) if expected == "opaque" else (expected or image).convert("RGB")
        compare(report, name, [(found, image_reference.pixels(image))], limit, 0)

    # The eight ways to hold a camera.
    paths = [os.path.join(folder, f"orientation {number}.png") for number in range(1, 9)]
    expected = []
    for number, path in enumerate(paths, 1):
        exif = Image.Exif()
        exif[0x0112] = number
        photo.save(path, exif=exif)
        with Image.open(path) as image:
            expected.append(image_reference.pixels(ImageOps.exif_transpose(image)))
    compare(report, "8 orientations, PNG", list(zip(zoo.decoded(paths), expected)), 0)


def resizing(report, zoo, flowers, digits):
    report.section("6b. Resized pixels, in grey levels")
    large = [image_reference.opened(path) for path in flowers] + [image_reference.noise(256, 341, 1)]
    square = [image_reference.opened(path) for path in digits] + [image_reference.noise(100, 100, 2)]
    points = [image.crop((50, 60, 51, 61)) for image in large]
    sizes = [(224, 224), (37, 500), (1, 1), (257, 339)]
    cases = [(image, size) for image in large for size in [*sizes, (256, 200), (100, 341), (2, 700)]]
    cases += [(image, size) for image in square for size in [*sizes, (100, 99), (33, 100), (1000, 3)]]
    cases += [(image, size) for image in points for size in [(7, 5), (224, 224)]]
    images = large + square + points
    files = {id(image): path for image, path in zip(images, zoo.written(images))}
    for name, number in image_reference.FILTERS.items():
        lines = [{"image": files[id(image)], "width": size[0], "height": size[1], "filter": name} for image, size in cases]
        expected = [image_reference.pixels(image.resize(size, number)) for image, size in cases]
        compare(report, f"{name}, {len(cases)} changes of size", list(zip(zoo.resized(lines), expected)))


def preparation(report, zoo, paths):
    report.section("6c. Prepared images")
    images = [image_reference.opened(path) for path in paths]
    images += [images[0].crop((0, 0, 201, 333)), images[1].crop((0, 0, 255, 100)), image_reference.noise(301, 224, 3)]
    files = zoo.written(images)
    for number, (name, (edge, kind, values)) in enumerate(FORMS.items()):
        folder = image_reference.tiny(zoo.path(f"form-{number}"))
        image_reference.write_json(folder, "preprocessor_config.json", values)
        processor = kind.from_pretrained(folder)
        expected = image_reference.processed(processor, images)
        found = zoo.pixels(folder, files)
        values_within(report, name, found, expected, processor)
        # Every value of a byte in every channel, in the size that needs no change.
        plain = Image.fromarray((numpy.arange(edge * edge * 3).reshape(edge, edge, 3) * 7 % 256).astype(numpy.uint8))
        values_within(
            report, f"{name}, {edge} x {edge} pixels", zoo.pixels(folder, zoo.written([plain])),
            image_reference.processed(processor, [plain]), processor,
        )  # fmt: skip
        again, _ = zoo.rewrite(folder)
        opened = AutoImageProcessor.from_pretrained(again)
        values_within(report, f"{name}, written again", image_reference.processed(opened, images), expected, processor)
        difference = (zoo.pixels(again, files) - found).abs().max().item()
        report.line(difference == 0, f"{name}, written again, in zoo", f"{difference:g}")


def values_within(report, name, found, expected, processor):
    """Prepared values are the same but for rounding. Where a resized byte is another, which may be seldom, they differ by its share."""
    if found.shape != expected.shape:
        report.line(False, name, f"{list(found.shape)}, expected {list(expected.shape)}")
        return
    difference = (found - expected).abs()
    other = difference > VALUES_LIMIT
    level = difference * 255 * torch.tensor(processor.image_std)[:, None, None]
    share = 1 - other.float().mean(dtype=torch.float64).item()
    largest = difference[~other].max().item() if share > 0 else float("nan")
    good = share >= SHARE and level.max().item() <= GREY_LIMIT + 1e-3
    text = f"{largest:.3g} (limit {VALUES_LIMIT:g})"
    if share < 1:
        text += f", but for {100 * (1 - share):.3g} % of the values, up to {level.max().item():.3g} grey levels"
    report.line(good, name, text)
