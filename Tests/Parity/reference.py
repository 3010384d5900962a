"""What `transformers` computes, in single precision on the CPU."""

import tokenizer_reference
import torch
from transformers import BertTokenizerFast


def encode(tokenizer, items, limit):
    """The inputs of some texts, each on its own and without padding. An empty second text is a second text, as in a batch of pairs."""
    limited = [{**item, "max": min(item.get("max", limit), limit)} for item in items]
    result = []
    for line in tokenizer_reference.encode(tokenizer._tokenizer, limited):
        count = len(line["ids"])
        result.append({"input_ids": line["ids"], "token_type_ids": [int(place >= line["second"]) for place in range(count)]})
    return result


def tokenizer_of(folder):
    return BertTokenizerFast.from_pretrained(folder)


def padded(encodings, padding=0):
    """Inputs of one length with their mask."""
    width = max(len(encoding["input_ids"]) for encoding in encodings)
    ids = torch.full((len(encodings), width), padding)
    types = torch.zeros_like(ids)
    mask = torch.zeros_like(ids)
    for row, encoding in enumerate(encodings):
        count = len(encoding["input_ids"])
        ids[row, :count] = torch.tensor(encoding["input_ids"])
        types[row, :count] = torch.tensor(encoding["token_type_ids"])
        mask[row, :count] = 1
    return {"input_ids": ids, "token_type_ids": types, "attention_mask": mask}


def batches(encodings, size=16):
    """Places of inputs of similar length."""
    order = sorted(range(len(encodings)), key=lambda place: len(encodings[place]["input_ids"]))
    return [order[start : start + size] for start in range(0, len(order), size)]


@torch.inference_mode()
def hidden_states(model, encodings):
    """The last hidden states of each text, `[tokens, width]`."""
    model.eval()
    result = [None] * len(encodings)
    for places in batches(encodings):
        states = model(**padded([encodings[place] for place in places])).last_hidden_state
        for row, place in enumerate(places):
            result[place] = states[row, : len(encodings[place]["input_ids"])].clone()
    return result


@torch.inference_mode()
def logits(model, encodings):
    """The logits of each text, `[texts, classes]`."""
    model.eval()
    result = [None] * len(encodings)
    for places in batches(encodings):
        values = model(**padded([encodings[place] for place in places])).logits
        for row, place in enumerate(places):
            result[place] = values[row].clone()
    return torch.stack(result)


def difference(a, b):
    """The largest difference of two tensors of equal shape; infinity for other shapes, NaN where either is."""
    if a.shape != b.shape:
        return float("inf")
    return (a - b).abs().max().item() if a.numel() else 0.0
