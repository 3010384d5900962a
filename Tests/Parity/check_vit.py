"""6d to 6h. ViT: logits, hidden states, gradients, other sizes of images, timm's layout, and a model that was written again."""

import os
import shutil

import image_reference
import reference
import torch
from image_reference import outputs, processed, upstream
from transformers import AutoImageProcessor, ViTForImageClassification, ViTImageProcessorPil

LOGITS_LIMIT = 1e-3
# Of their norm: single values follow rounding, where a token attends to two others almost alike. So does the reference, see the notes.
HIDDEN_LIMIT = 5e-5
SAME_LIMIT = 1e-5
GRADIENTS_LIMIT = 1e-4
# The exact gradient of the keys' biases is 0: a shift of all scores of a row changes no probability. What is left is rounding.
ZERO = "attention.key.bias"
ZERO_LIMIT = 1e-6


def run(report, zoo, model, paths, examples):
    network = ViTForImageClassification.from_pretrained(model, dtype=torch.float32).eval()
    images = [image_reference.opened(path) for path in paths]
    processor = ViTImageProcessorPil.from_pretrained(model)
    logits(report, zoo, model, network, processor, paths, images)
    gradients(report, zoo, model, processor, examples)
    positions(report, zoo, model, network, processor, paths[:8], images[:8])
    timm(report, zoo, model, network, images)
    rewritten(report, zoo, model, network, paths)


def compare_hidden(report, title, found, expected):
    if found.shape != expected.shape:
        report.line(False, f"{title}: hidden states", f"{list(found.shape)}, expected {list(expected.shape)}")
        return
    difference = (found - expected).double()
    report.within(f"{title}: hidden states, of their norm", (difference.norm() / expected.double().norm()).item(), HIDDEN_LIMIT)
    report.note("largest difference of a value", f"{difference.abs().max().item():.3g}")


def compare_logits(report, title, found, expected):
    report.within(f"{title}: logits, largest difference", reference.difference(found, expected), LOGITS_LIMIT)
    best = expected.topk(5).indices.tolist()
    report.equal(f"{title}: the five best classes", found.topk(5).indices.tolist(), best, f"{len(best)} images, all equal")


def precision(report, values, exact, exact_hidden):
    """How far both sides are from double precision."""
    count = len(exact)
    for title, (logits, hidden) in values.items():
        difference = (hidden[:count].double() - exact_hidden).abs()
        share = (difference.norm() / exact_hidden.norm()).item()
        figures = reference.difference(logits[:count].double(), exact), difference.max().item(), share
        report.note(f"for comparison, {title} to double precision", "logits %.3g, hidden states %.3g, %.3g of their norm" % figures)


def logits(report, zoo, model, network, processor, paths, images):
    report.section("6d. ViT: logits and hidden states")
    found, hidden, facts = zoo.logits(model, paths)
    values = {"pixels of transformers": processed(processor, images), "pixels of zoo": zoo.pixels(model, paths)}
    for title, pixels in values.items():
        expected, states = outputs(network, pixels)
        compare_logits(report, title, found, expected)
        compare_hidden(report, title, hidden, states[: len(hidden)])
    report.note("largest magnitude of a logit and of a hidden state", f"{expected.abs().max().item():.3g}, {states.abs().max().item():.3g}")
    exact, exact_hidden = outputs(network.double(), pixels[: len(hidden)].double())
    network.float()
    precision(report, {"transformers": (expected, states), "zoo": (found, hidden)}, exact, exact_hidden)
    report.equal("number of classes", len(facts["labels"]), len(network.config.id2label), str(len(network.config.id2label)))


def gradients(report, zoo, model, processor, examples):
    report.section("6e. ViT: gradients of one step, without dropout")
    torch.manual_seed(5)
    names = [f"class {number}" for number in range(5)]
    network = ViTForImageClassification.from_pretrained(
        model, dtype=torch.float32, num_labels=5, id2label=dict(enumerate(names)), label2id={name: n for n, name in enumerate(names)},
        ignore_mismatched_sizes=True,
    ).eval()  # fmt: skip
    # Larger than the usual 0.02, so that gradients do not vanish in rounding.
    torch.nn.init.normal_(network.classifier.weight, std=0.1)
    torch.nn.init.normal_(network.classifier.bias, std=0.1)
    folder = zoo.path("head")
    network.save_pretrained(folder)
    shutil.copyfile(os.path.join(model, "preprocessor_config.json"), os.path.join(folder, "preprocessor_config.json"))
    pixels = processed(processor, [image_reference.opened(path) for path, _ in examples])
    truth = torch.tensor([label for _, label in examples])

    def compute(values):
        network.zero_grad()
        result = network(values, labels=truth)
        result.loss.backward()
        return result.loss.item(), result.logits.detach(), {upstream(n): weight.grad.clone() for n, weight in network.named_parameters()}

    found, facts = zoo.gradients(folder, [{"image": path, "label": label} for path, label in examples])
    loss, expected_logits, expected = compute(pixels)
    network.double()
    exact = compute(pixels.double())[2]
    report.equal("names of the classes", facts["labels"], names)
    report.within(f"loss of {len(examples)} images", abs(found["loss"].item() - loss), 1e-5)
    report.within("logits, largest difference", reference.difference(found["logits"], expected_logits), LOGITS_LIMIT)
    mine = {name.removeprefix("gradients.") for name in found if name.startswith("gradients.")}
    report.equal("parameters with a gradient", sorted(mine), sorted(expected), f"{len(expected)}, all of them")
    if mine != set(expected):
        return
    total = torch.stack([value.norm() for value in exact.values()]).norm().item()

    def error(name, a, b):
        if a.shape != b.shape:
            return float("inf")
        return ((a.double() - b.double()).norm() / (total if name.endswith(ZERO) else b.double().norm())).item()

    def worst(values, other, zero):
        return max((error(name, values[name], other[name]), name) for name in expected if name.endswith(ZERO) == zero)

    ours = {name: found["gradients." + name] for name in expected}
    value, name = worst(ours, expected, False)
    report.within("relative error, worst parameter", value, GRADIENTS_LIMIT)
    report.note("", name)
    report.within("keys' biases, of the norm of all gradients", worst(ours, expected, True)[0], ZERO_LIMIT)
    report.note("for comparison: zoo to double precision, worst", "%.3g %s" % worst(ours, exact, False))
    report.note("for comparison: transformers to double precision, worst", "%.3g %s" % worst(expected, exact, False))


def positions(report, zoo, model, network, processor, paths, images):
    report.section("6f. ViT: other sizes of images")
    embeddings, edge = network.vit.embeddings, network.config.patch_size
    for size in (384, 160, 224):
        places = torch.zeros(1, (size // edge) ** 2 + 1, network.config.hidden_size)
        with torch.inference_mode():
            expected = embeddings.interpolate_pos_encoding(places, size, size)
        found = zoo.positions(model, size)
        if size == network.config.image_size:
            same = torch.equal(found, embeddings.position_embeddings)
            report.line(same, f"{size} x {size}: positions", "unchanged" if same else "changed")
        report.within(f"{size} x {size}: positions, largest difference", reference.difference(found, expected), SAME_LIMIT)
    for size in (384, 160):
        found, hidden, _ = zoo.logits(model, paths, size)
        pixels = processed(processor, images, size={"height": size, "width": size})
        expected, states = outputs(network, pixels, interpolate=True)
        compare_logits(report, f"{size} x {size}", found, expected)
        compare_hidden(report, f"{size} x {size}", hidden, states)
        exact, exact_hidden = outputs(network.double(), pixels.double(), interpolate=True)
        network.float()
        precision(report, {"transformers": (expected, states), "zoo": (found, hidden)}, exact, exact_hidden)


def timm(report, zoo, model, network, images):
    report.section("6g. ViT: timm's layout")
    name = f"vit_tiny_patch{network.config.patch_size}_{network.config.image_size}"
    if network.config.hidden_size != 192:
        report.skip("timm's layout", "the model is none of timm's vit_tiny")
        return
    folder = image_reference.write_timm(network, zoo.path("timm"), name)
    # Squares, of which both preparations take all.
    squares = zoo.written([image.crop((0, 0, min(image.size), min(image.size))) for image in images[::5]])
    first, hidden, _ = zoo.logits(model, squares)
    second, other, _ = zoo.logits(folder, squares)
    report.within("logits, to those of the other layout", reference.difference(first, second), SAME_LIMIT)
    report.within("hidden states, to those of the other layout", reference.difference(hidden, other), SAME_LIMIT)

    mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    cropped = image_reference.write_timm(network, zoo.path("timm-cropped"), name, crop_pct=0.9, mean=mean, std=deviation)
    found = zoo.pixels(cropped, zoo.written(images[::5]))
    expected = [image_reference.timm_prepared(image, network.config.image_size, 0.9, mean, deviation) for image in images[::5]]
    report.within("prepared images, crop_pct 0.9, largest difference", reference.difference(found, torch.stack(expected)), SAME_LIMIT)

    again, _ = zoo.rewrite(folder)
    opened, info = ViTForImageClassification.from_pretrained(again, dtype=torch.float32, output_loading_info=True)
    report.equal("written again: weights missing, unexpected or of another shape", problems(info), [], "none")
    report.equal("written again: weights", differing(opened, network), [], "all equal")


def problems(info):
    return [name for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") for name in info[kind]]


def differing(a, b):
    """The names of the weights that are not the same."""
    mine, theirs = a.state_dict(), b.state_dict()
    names = sorted({*mine, *theirs})
    return [name for name in names if name not in mine or name not in theirs or not torch.equal(mine[name], theirs[name])]


def rewritten(report, zoo, model, network, paths):
    report.section("6h. ViT: a model written again, in transformers")
    folder, facts = zoo.rewrite(model)
    opened, info = ViTForImageClassification.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    report.equal("weights missing, unexpected or of another shape", problems(info), [], "none")
    report.equal("weights", differing(opened, network), [], "all equal")
    report.equal("architectures", opened.config.architectures, ["ViTForImageClassification"])
    report.equal("names of the classes", list(opened.config.id2label.values()), facts["labels"], f"{len(facts['labels'])}, those of zoo")
    images = [image_reference.opened(path) for path in paths]
    processor = AutoImageProcessor.from_pretrained(folder)
    before = outputs(network, processed(ViTImageProcessorPil.from_pretrained(model), images))[0]
    report.within("logits, largest difference", reference.difference(outputs(opened, processed(processor, images))[0], before), SAME_LIMIT)
    first, second = zoo.logits(model, paths)[0], zoo.logits(folder, paths)[0]
    report.line(torch.equal(first, second), "logits in zoo", "the same bits" if torch.equal(first, second) else "not the same bits")
