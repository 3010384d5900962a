"""What Pillow and `transformers` compute for images, and models in the layouts of `transformers` and timm."""

import json
import math
import os
import re

import numpy
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import ViTConfig, ViTForImageClassification

HALF = [0.5, 0.5, 0.5]
FILTERS = {
    "nearest": Image.Resampling.NEAREST, "lanczos": Image.Resampling.LANCZOS, "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC, "box": Image.Resampling.BOX, "hamming": Image.Resampling.HAMMING,
}  # fmt: skip
# The names of the modules of a layer in memory, and in published checkpoints.
MODULES = {
    "attention.q_proj": "attention.attention.query", "attention.k_proj": "attention.attention.key",
    "attention.v_proj": "attention.attention.value", "attention.o_proj": "attention.output.dense", "mlp.fc1": "intermediate.dense",
    "mlp.fc2": "output.dense", "layernorm_before": "layernorm_before", "layernorm_after": "layernorm_after",
}  # fmt: skip
# And in timm's.
TIMM_MODULES = {
    "attention.o_proj": "attn.proj", "mlp.fc1": "mlp.fc1", "mlp.fc2": "mlp.fc2", "layernorm_before": "norm1", "layernorm_after": "norm2",
}  # fmt: skip
TIMM_NAMES = {
    "vit.embeddings.cls_token": "cls_token", "vit.embeddings.position_embeddings": "pos_embed",
    "vit.embeddings.patch_embeddings.projection.weight": "patch_embed.proj.weight",
    "vit.embeddings.patch_embeddings.projection.bias": "patch_embed.proj.bias", "vit.layernorm.weight": "norm.weight",
    "vit.layernorm.bias": "norm.bias", "classifier.weight": "head.weight", "classifier.bias": "head.bias",
}  # fmt: skip


def upstream(name):
    """The name of a parameter in checkpoints: `transformers` has given its modules other names since."""
    match = re.fullmatch(r"vit\.layers\.(\d+)\.(.+)\.(weight|bias)", name)
    return f"vit.encoder.layer.{match[1]}.{MODULES[match[2]]}.{match[3]}" if match else name


def pixels(image):
    """An image of Pillow as numbers, `[height, width, 3]`."""
    return torch.from_numpy(numpy.asarray(image, dtype=numpy.float32).copy())


def opened(path):
    with Image.open(path) as image:
        return image.convert("RGB")


def noise(width, height, seed):
    """Pixels of all values, with the extremes side by side."""
    generator = numpy.random.default_rng(seed)
    values = generator.integers(0, 256, (height, width, 3))
    extremes = generator.integers(0, 2, (height, width, 3)) * 255
    chosen = generator.integers(0, 2, (height, width, 1)) == 1
    return Image.fromarray(numpy.where(chosen, extremes, values).astype(numpy.uint8))


def opaque(image):
    """An image of Pillow with its transparency laid over white, rounded to the nearest value."""
    values = numpy.asarray(image.convert("RGBA"), dtype=numpy.int64)
    colour, opacity = values[..., :3], values[..., 3:]
    mixed = (2 * (colour * opacity + 255 * (255 - opacity)) + 255) // 510
    return Image.fromarray(mixed.astype(numpy.uint8))


def processed(processor, images, **options):
    """`pixel_values` of images, `[images, 3, height, width]`."""
    return processor(images=images, return_tensors="pt", **options).pixel_values


@torch.inference_mode()
def outputs(network, values, interpolate=False, size=10):
    """The logits and the last hidden states of images."""
    network.eval()
    logits, hidden = [], []
    for batch in values.split(size):
        states = network.vit(batch, interpolate_pos_encoding=interpolate).last_hidden_state
        hidden.append(states)
        logits.append(network.classifier(states[:, 0]))
    return torch.cat(logits), torch.cat(hidden)


def tiny(folder, image_size=224):
    """A folder with a model of random weights that takes next to no time."""
    torch.manual_seed(1)
    config = ViTConfig(
        image_size=image_size, patch_size=32, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, num_labels=3
    )
    ViTForImageClassification(config).save_pretrained(folder)
    return folder


def write_json(folder, name, values):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        json.dump(values, file, indent=2)


def write_timm(network, folder, architecture, **settings):
    """The weights in timm's layout: its names, queries, keys and values in one tensor, its configuration."""
    os.makedirs(folder)
    state = {name: tensor.detach().contiguous() for name, tensor in network.state_dict().items()}
    tensors = {TIMM_NAMES[name]: tensor for name, tensor in state.items() if name in TIMM_NAMES}
    for layer in range(network.config.num_hidden_layers):
        for kind in ("weight", "bias"):
            prefix = f"vit.layers.{layer}."
            tensors[f"blocks.{layer}.attn.qkv.{kind}"] = torch.cat([state[f"{prefix}attention.{part}_proj.{kind}"] for part in "qkv"])
            for module, name in TIMM_MODULES.items():
                tensors[f"blocks.{layer}.{name}.{kind}"] = state[f"{prefix}{module}.{kind}"]
    assert sum(tensor.numel() for tensor in tensors.values()) == sum(tensor.numel() for tensor in state.values())
    save_file(tensors, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    edge = network.config.image_size
    values = {
        "tag": "augreg", "custom_load": False, "input_size": [3, edge, edge], "fixed_input_size": True, "interpolation": "bicubic",
        "crop_pct": 1.0, "crop_mode": "center", "mean": HALF, "std": HALF, "num_classes": network.config.num_labels,
        "pool_size": None, "first_conv": "patch_embed.proj", "classifier": "head",
    }  # fmt: skip
    write_json(folder, "config.json", {
        "architecture": architecture, "num_classes": network.config.num_labels, "num_features": network.config.hidden_size,
        "global_pool": "token", "pretrained_cfg": {**values, **settings},
    })  # fmt: skip
    return folder


def timm_prepared(image, edge, share, mean, deviation):
    """timm's preparation for evaluation: torchvision's `Resize` of the shorter edge, `CenterCrop`, `ToTensor` and `Normalize`."""
    short = math.floor(edge / share)
    width, height = image.size
    size = (short, int(short * height / width)) if width <= height else (int(short * width / height), short)
    image = image.resize(size, Image.Resampling.BICUBIC)
    left, top = round((size[0] - edge) / 2), round((size[1] - edge) / 2)
    values = pixels(image.crop((left, top, left + edge, top + edge))).permute(2, 0, 1) / 255
    return (values - torch.tensor(mean)[:, None, None]) / torch.tensor(deviation)[:, None, None]
