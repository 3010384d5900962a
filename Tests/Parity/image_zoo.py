"""Calls the commands of `zoo-parity` for images."""

import os

import corpora
from safetensors.torch import load_file
from zoo import Zoo


class ImageZoo(Zoo):
    def __init__(self, zoo):
        work = zoo.path("images")
        os.makedirs(work)
        super().__init__(zoo.program, work)

    def _lines(self, name, lines):
        path = self.path(name + ".jsonl")
        corpora.write_lines(path, lines)
        return path

    def written(self, images):
        """The paths of images of Pillow, as files without loss."""
        folder = self.path("png")
        os.makedirs(folder)
        paths = [os.path.join(folder, f"{number}.png") for number in range(len(images))]
        for path, image in zip(paths, images):
            image.save(path)
        return paths

    def decoded(self, paths):
        """The pixels of images, each `[height, width, 3]`."""
        return self.resized([{"image": path} for path in paths])

    def resized(self, cases):
        output = self.path("resize.safetensors")
        self._run("resize", self._lines("resize", cases), output)
        tensors = load_file(output)
        return [tensors[str(number)] for number in range(len(cases))]

    def pixels(self, model, paths):
        """What the model's preparation makes of images, `[images, 3, height, width]`."""
        tensors, _ = self._tensors("pixels", model, [{"image": path} for path in paths])
        return tensors["pixels"]

    def logits(self, model, paths, size=None):
        """The logits of images, the hidden states of the first ones, and facts about the model."""
        output = self.path("logits.safetensors")
        lines = self._lines("images", [{"image": path} for path in paths])
        facts = self._run("image-logits", model, lines, output, *([] if size is None else [str(size)]))
        tensors = load_file(output)
        return tensors["logits"], tensors["hidden"], facts

    def gradients(self, model, examples):
        return self._tensors("image-gradients", model, examples)

    def positions(self, model, size):
        output = self.path("positions.safetensors")
        self._run("positions", model, str(size), output)
        return load_file(output)["positions"]

    def rewrite(self, model):
        """The folder of the model, written again."""
        output = self.path("rewritten")
        facts = self._run("rewrite", model, output)
        return output, facts
