"""Models with a new head, written so that both sides start from the same weights."""

import os
import shutil

import torch
from transformers import AutoModelForSequenceClassification


def write(model, folder, labels, seed=1):
    """A folder with the model's weights and a head of random weights."""
    torch.manual_seed(seed)
    numbers = {name: number for number, name in enumerate(labels)}
    network = AutoModelForSequenceClassification.from_pretrained(
        model, dtype=torch.float32, num_labels=len(labels), id2label=dict(enumerate(labels)), label2id=numbers
    )
    # Larger than the usual 0.02, so that gradients do not vanish in rounding.
    torch.nn.init.normal_(network.classifier.weight, std=0.1)
    torch.nn.init.normal_(network.classifier.bias, std=0.1)
    network.save_pretrained(folder)
    for name in ("vocab.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        if os.path.exists(os.path.join(model, name)):
            shutil.copyfile(os.path.join(model, name), os.path.join(folder, name))
    return network
