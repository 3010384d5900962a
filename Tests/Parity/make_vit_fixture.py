#!/usr/bin/env python3
"""Writes the fixtures of Tests/ViTTests: a tiny ViT with random weights, some images, and what `transformers` makes of them.

    make_vit_fixture.py [FOLDER]        ../ViTTests/Fixtures by default

tiny/          the model in upstream layout, its weights in half precision
images/        small PNG images: of the model's size, wide, tall, with transparency, grey
expected.safetensors   pixel_values [images, 3, height, width], hidden [images, tokens, width], logits, loss, and gradients.NAME of every
               parameter: computed in double precision but for the pixels
expected.json  the images with their classes, and the versions that computed all this
"""

import json
import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import image_reference
import numpy
import PIL
import torch
import transformers
from image_reference import upstream
from PIL import Image
from safetensors.torch import save_file
from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessorPil

SEED = 20240502
LABELS = ["circle", "square", "star"]
# Name, width, height, kind, class.
IMAGES = [
    ("exact.png", 32, 32, "RGB", 0), ("wide.png", 57, 20, "RGB", 2), ("tall.png", 9, 41, "RGB", 1), ("transparent.png", 40, 36, "RGBA", 2),
    ("grey.png", 33, 17, "L", 0),
]  # fmt: skip
PREPARATION = {
    "do_normalize": True, "do_rescale": True, "do_resize": True, "image_mean": [0.48, 0.46, 0.41],
    "image_processor_type": "ViTImageProcessor", "image_std": [0.27, 0.25, 0.29], "resample": 3, "rescale_factor": 0.00392156862745098,
    "size": {"height": 32, "width": 32},
}  # fmt: skip


def picture(width, height, kind, generator):
    """Waves, an edge and a little noise: enough of every frequency, and a file that stays small."""
    y, x = numpy.mgrid[0:height, 0:width]
    channels = []
    for _ in range({"RGB": 3, "RGBA": 4, "L": 1}[kind]):
        angle, pace, place = generator.random(3) * (6.3, 0.6, 0.6) + (0, 0.1, 0.2)
        wave = numpy.sin(pace * (numpy.cos(angle) * x + numpy.sin(angle) * y))
        values = 128 + 80 * wave + 60 * (x + y > place * (width + height)) - 30 + generator.integers(-8, 9, (height, width))
        channels.append(numpy.clip(values, 0, 255).astype(numpy.uint8))
    return Image.fromarray(channels[0] if kind == "L" else numpy.stack(channels, -1))


def write_json(path, values, **options):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(values, file, ensure_ascii=True, **options)
        file.write("\n")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "ViTTests", "Fixtures")
    tiny = os.path.join(folder, "tiny")
    os.makedirs(tiny, exist_ok=True)
    os.makedirs(os.path.join(folder, "images"), exist_ok=True)

    config = ViTConfig(
        image_size=32, patch_size=8, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
        id2label=dict(enumerate(LABELS)), label2id={name: number for number, name in enumerate(LABELS)},
    )  # fmt: skip
    network = ViTForImageClassification(config)
    generator = torch.Generator().manual_seed(SEED)
    state = {}
    for name, weight in sorted(network.named_parameters()):
        # The patches' values are many: their weights are smaller, so that features stay of order 1.
        noise = (0.05 if "projection" in name else 0.2) * torch.randn(weight.shape, generator=generator)
        state[name] = (1 + noise if "layernorm" in name and name.endswith("weight") else noise).half()
    network.load_state_dict({name: tensor.float() for name, tensor in state.items()})

    values = config.to_dict()
    values["architectures"] = ["ViTForImageClassification"]
    write_json(os.path.join(tiny, "config.json"), values, indent=2, sort_keys=True)
    write_json(os.path.join(tiny, "preprocessor_config.json"), PREPARATION, indent=2, sort_keys=True)
    save_file({upstream(n): tensor for n, tensor in state.items()}, os.path.join(tiny, "model.safetensors"), metadata={"format": "pt"})

    images = []
    for number, (name, width, height, kind, _) in enumerate(IMAGES):
        picture(width, height, kind, numpy.random.default_rng(SEED + number)).save(os.path.join(folder, "images", name), optimize=True)
        with Image.open(os.path.join(folder, "images", name)) as image:
            images.append(image_reference.opaque(image))
    pixels = image_reference.processed(ViTImageProcessorPil.from_pretrained(tiny), images)

    network, info = ViTForImageClassification.from_pretrained(tiny, dtype=torch.float64, output_loading_info=True)
    assert not any(info.values()), info
    logits, hidden = image_reference.outputs(network, pixels.double())
    loss = network(pixels.double(), labels=torch.tensor([label for *_, label in IMAGES])).loss
    loss.backward()
    expected = {
        "pixel_values": pixels, "hidden": hidden, "logits": logits, "loss": loss.detach().reshape(1),
        **{"gradients." + upstream(name): weight.grad for name, weight in network.named_parameters()},
    }  # fmt: skip
    save_file({name: tensor.float().contiguous() for name, tensor in expected.items()}, os.path.join(folder, "expected.safetensors"))
    write_json(os.path.join(folder, "expected.json"), {
        "seed": SEED, "torch": torch.__version__, "transformers": transformers.__version__, "pillow": PIL.__version__,
        "numpy": numpy.__version__, "examples": [{"image": f"images/{name}", "label": label} for name, *_, label in IMAGES],
    })  # fmt: skip


if __name__ == "__main__":
    main()
