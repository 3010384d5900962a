"""The texts of the comparison: from the data sets where they are at hand, else from the example data of this repository."""

import csv
import json
import os

import tokenizer_reference

TEXT_SETS = ("banking77", "goemotions", "polarity", "stsb", "xquad", "wnut17")
EXAMPLE = os.path.join(os.path.dirname(__file__), "..", "..", "zoo", "data", "support-desk", "train.csv")


def missing(data):
    return [name for name in TEXT_SETS if not data or not os.path.isdir(os.path.join(data, name))]


def example_rows():
    with open(EXAMPLE, newline="", encoding="utf-8") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def all_texts(data):
    """Every text of the data sets, or of the example data, and the hard texts."""
    if not missing(data):
        return list(tokenizer_reference.texts(data))
    return [{"text": text} for text, _ in example_rows()] + list(tokenizer_reference.hard())


def mixed_texts(data, count):
    """Some texts of all lengths: evenly spaced places of all texts ordered by length, so that every data set and length occurs."""
    texts = sorted(all_texts(data), key=lambda item: (len(item["text"]) + len(item.get("pair", "")), item["text"]))
    step = max(1, len(texts) // count)
    return texts[step // 2 :: step][:count]


def labelled(data, count):
    """Labelled sentences: (text, name of the class)."""
    path = os.path.join(data or "", "polarity", "train.tsv")
    if not data or not os.path.exists(path):
        return example_rows()[:count]
    with open(path, encoding="utf-8", newline="\n") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    return [(text, label) for text, label in rows[:count]]


def write_lines(path, items):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for item in items:
            file.write(json.dumps(item) + "\n")


def read_lines(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file]
