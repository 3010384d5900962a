"""Calls `zoo-parity` and reads what it wrote."""

import json
import os
import subprocess

import corpora
from safetensors.torch import load_file


class ZooFailure(Exception):
    pass


class Zoo:
    def __init__(self, program, work):
        self.program = program
        self.work = work
        self.count = 0

    def path(self, name):
        self.count += 1
        return os.path.join(self.work, f"{self.count:03}-{name}")

    def _run(self, *arguments):
        result = subprocess.run([self.program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        if result.returncode != 0:
            raise ZooFailure(f"zoo-parity {arguments[0]} ended with {result.returncode}: {result.stderr.strip()[:2000]}")
        return json.loads(result.stdout) if result.stdout.strip() else {}

    def tokens(self, model, texts):
        output = self.path("tokens.jsonl")
        source = self.path("texts.jsonl")
        corpora.write_lines(source, texts)
        self._run("tokens", model, source, output)
        with open(output, encoding="utf-8", newline="\n") as file:
            return [json.loads(line) for line in file]

    def _tensors(self, command, model, lines):
        source = self.path(command + ".jsonl")
        output = self.path(command + ".safetensors")
        corpora.write_lines(source, lines)
        facts = self._run(command, model, source, output)
        return load_file(output), facts

    def features(self, model, texts):
        """The hidden states of each text, their means, and facts about the model."""
        tensors, facts = self._tensors("features", model, texts)
        lengths = [int(length) for length in tensors["length"].tolist()]
        return list(tensors["hidden"].split(lengths)), tensors["mean"], facts

    def logits(self, model, texts):
        return self._tensors("logits", model, texts)

    def gradients(self, model, examples):
        return self._tensors("gradients", model, examples)

    def train(self, model, examples, settings):
        """The steps of a run and the folder of the trained model."""
        source, output, plan = self.path("train.jsonl"), self.path("run"), self.path("settings.json")
        corpora.write_lines(source, examples)
        with open(plan, "w", encoding="utf-8") as file:
            json.dump(settings, file)
        self._run("train", model, source, output, plan)
        with open(os.path.join(output, "steps.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file], os.path.join(output, "model")
