#!/usr/bin/env python3
"""Writes the fixtures of Tests/BERTTests: a tiny BERT with random weights and what `transformers` makes of some sentences.

    make_fixture.py [FOLDER]        ../BERTTests/Fixtures by default

tiny/          the model in upstream layout, its weights in half precision
expected.safetensors   hidden [tokens, width], mean, pooled, logits, loss, and gradients.NAME of every parameter: computed in double precision
expected.json  the sentences with their ids and classes, and the versions that computed all this
"""

import json
import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import reference
import tokenizers
import torch
import transformers
from safetensors.torch import save_file
from transformers import BertConfig, BertForSequenceClassification

SEED = 20240501
LABELS = ["negative", "neutral", "positive"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
TOKENS = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *("##" + letter for letter in LETTERS), *"0123456789", *".,!?'-", "the", "a", "film",
    "is", "was", "not", "good", "bad", "very", "and", "but", "##ing", "##ed", "##s",
]  # fmt: skip
# Text, second text, class. One sentence is longer than the model allows.
EXAMPLES = [
    ("The film was good!", None, 2),
    ("bad, bad and very bad.", None, 0),
    ("is it a film?", "it was not", 1),
    ("", None, 1),
    ("the film is not good but the acting was very moving, and a bad film is not a film.", None, 0),
    ("good", "the longest pair of these sentences is cut at the end, token by token, until it is short", 2),
]


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "BERTTests", "Fixtures")
    tiny = os.path.join(folder, "tiny")
    os.makedirs(tiny, exist_ok=True)
    config = BertConfig(
        vocab_size=len(TOKENS), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
        max_position_embeddings=24, id2label=dict(enumerate(LABELS)), label2id={name: number for number, name in enumerate(LABELS)},
    )  # fmt: skip
    network = BertForSequenceClassification(config)
    generator = torch.Generator().manual_seed(SEED)
    state = {}
    for name, weight in sorted(network.named_parameters()):
        noise = 0.2 * torch.randn(weight.shape, generator=generator)
        state[name] = (1 + noise if name.endswith("LayerNorm.weight") else noise).half()
    network.load_state_dict({name: tensor.float() for name, tensor in state.items()}, strict=False)

    values = config.to_dict()
    values["architectures"] = ["BertForSequenceClassification"]
    with open(os.path.join(tiny, "config.json"), "w", encoding="utf-8") as file:
        json.dump(values, file, indent=2, sort_keys=True)
        file.write("\n")
    with open(os.path.join(tiny, "vocab.txt"), "w", encoding="utf-8", newline="\n") as file:
        file.write("".join(token + "\n" for token in TOKENS))
    with open(os.path.join(tiny, "tokenizer_config.json"), "w", encoding="utf-8") as file:
        json.dump({"do_lower_case": True, "model_max_length": 24, "tokenizer_class": "BertTokenizer"}, file)
        file.write("\n")
    save_file(state, os.path.join(tiny, "model.safetensors"), metadata={"format": "pt"})

    items = [{"text": text} if pair is None else {"text": text, "pair": pair} for text, pair, _ in EXAMPLES]
    encodings = reference.encode(reference.tokenizer_of(tiny), items, 24)
    network = network.double().eval()
    with torch.inference_mode():
        # One by one, without padding.
        outputs = [network.bert(**reference.padded([encoding])) for encoding in encodings]
        logits = [network(**reference.padded([encoding])).logits[0] for encoding in encodings]
    loss = network(**reference.padded(encodings), labels=torch.tensor([label for _, _, label in EXAMPLES])).loss
    loss.backward()
    hidden = [output.last_hidden_state[0] for output in outputs]
    expected = {
        "hidden": torch.cat(hidden), "mean": torch.stack([states.mean(0) for states in hidden]),
        "pooled": torch.stack([output.pooler_output[0] for output in outputs]), "logits": torch.stack(logits), "loss": loss.detach().reshape(1),
        **{"gradients." + name: weight.grad for name, weight in network.named_parameters()},
    }  # fmt: skip
    save_file({name: tensor.float().contiguous() for name, tensor in expected.items()}, os.path.join(folder, "expected.safetensors"))
    record = {
        "seed": SEED, "torch": torch.__version__, "transformers": transformers.__version__, "tokenizers": tokenizers.__version__,
        "examples": [
            {**item, "label": label, "ids": encoding["input_ids"], "types": encoding["token_type_ids"]}
            for item, encoding, (_, _, label) in zip(items, encodings, EXAMPLES)
        ],
    }  # fmt: skip
    with open(os.path.join(folder, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(record, file, ensure_ascii=True)
        file.write("\n")


if __name__ == "__main__":
    main()
