"""5. Checkpoints of all spellings and element types load and give equal hidden states."""

import json
import os

import reference
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForMaskedLM, BertForPreTraining, BertForQuestionAnswering
from transformers import BertForSequenceClassification, BertModel

LIMIT = 1e-5
LETTERS = "abcdefghijklmnopqrstuvwxyz"
TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *("##" + letter for letter in LETTERS)]
TOKENS += ["the", "cat", "dog", "##ing", ".", ","]
TEXTS = [
    {"text": "the cat, the dog."}, {"text": "seeing a hat"}, {"text": ""}, {"text": "the cat", "pair": "a dog."},
    {"text": "a " * 100, "max": 40}, {"text": "z " * 100},
]  # fmt: skip


def configuration(**values):
    settings = dict(
        vocab_size=len(TOKENS), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
        max_position_embeddings=64, initializer_range=0.2,
    )  # fmt: skip
    return BertConfig(**{**settings, **values})


def randomised(network, seed):
    """Weights that no initialiser gives: norms and biases that do something."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            weight.copy_(1 + 0.2 * noise if "LayerNorm.weight" in name else 0.2 * noise)
    return network


def write(folder, config, tensors, architecture="BertModel"):
    os.makedirs(folder, exist_ok=True)
    values = config.to_dict()
    values["architectures"] = [architecture]
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(values, file)
    write_vocabulary(folder)
    weights = {name: tensor.contiguous() for name, tensor in tensors.items()}
    save_file(weights, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    return folder


def write_vocabulary(folder):
    with open(os.path.join(folder, "vocab.txt"), "w", encoding="utf-8", newline="\n") as file:
        file.write("".join(token + "\n" for token in TOKENS))
    with open(os.path.join(folder, "tokenizer_config.json"), "w", encoding="utf-8") as file:
        json.dump({"do_lower_case": True, "tokenizer_class": "BertTokenizer", "model_max_length": 64}, file)


def old_names(tensors):
    def old(name):
        return name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")

    return {old(name): tensor for name, tensor in tensors.items()}


def prefixed(tensors):
    return {"bert." + name: tensor for name, tensor in tensors.items()}


def head_of(network, tensors):
    """The weights of a model of another task around those of the encoder."""
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    return {name: tensors.get(name.removeprefix("bert."), tensor) for name, tensor in state.items()}


def run(report, zoo):
    report.section("5b. Spellings of checkpoints, tiny models of random weights")
    config = configuration()
    network = randomised(BertModel(config), 1)
    plain = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    folder = write(zoo.path("plain"), config, plain)
    encodings = reference.encode(reference.tokenizer_of(folder), TEXTS, 64)
    expected = reference.hidden_states(network, encodings)

    def features(folder):
        hidden, _, facts = zoo.features(folder, TEXTS)
        return hidden, facts

    def compare(name, folder, expected, same=None):
        hidden, _ = features(folder)
        if [len(states) for states in hidden] != [len(states) for states in expected]:
            report.line(False, name, "the lengths of the texts differ")
            return hidden
        report.within(name, max(reference.difference(a, b) for a, b in zip(hidden, expected)), LIMIT)
        if same is not None and not all(torch.equal(a, b) for a, b in zip(hidden, same)):
            report.line(False, name, "the same weights under other names give other bits")
        return hidden

    first = compare("no prefix, as BertModel", folder, expected)
    positions = {"embeddings.position_ids": torch.arange(64).unsqueeze(0)}
    pretraining = head_of(BertForPreTraining(config), plain)
    variants = {
        "prefix bert.": prefixed(plain),
        "gamma and beta": old_names(plain),
        "prefix bert., gamma and beta, position_ids": prefixed(old_names({**plain, **positions})),
        "cls.* heads, as BertForPreTraining": pretraining,
        "cls.* heads, tied weights dropped": {n: t for n, t in pretraining.items() if "decoder" not in n},
        "cls.* heads with gamma and beta": old_names(pretraining),
        "cls.* heads, no pooler, as BertForMaskedLM": head_of(BertForMaskedLM(config), plain),
        "qa_outputs, as BertForQuestionAnswering": head_of(BertForQuestionAnswering(config), plain),
        "no pooler": {name: tensor for name, tensor in plain.items() if not name.startswith("pooler")},
    }
    for number, (name, tensors) in enumerate(variants.items()):
        folder = write(zoo.path(f"variant-{number}"), config, tensors)
        compare(name, folder, expected, first)

    folder = zoo.path("sharded")
    network.save_pretrained(folder, max_shard_size="16KB")
    write_vocabulary(folder)
    shards = [name for name in os.listdir(folder) if name.endswith(".safetensors")]
    compare(f"{len(shards)} shards", folder, expected, first)

    for name, kind in (("F16", torch.float16), ("BF16", torch.bfloat16), ("F64", torch.float64)):
        rounded = {key: tensor.to(kind) for key, tensor in plain.items()}
        other = BertModel(config)
        other.load_state_dict({key: tensor.float() for key, tensor in rounded.items()})
        compare(f"{name} weights", write(zoo.path(name), config, rounded), reference.hidden_states(other, encodings))

    report.section("5c. Configurations, tiny models of random weights")
    changes = [
        {"hidden_act": "gelu_new"}, {"hidden_act": "gelu_pytorch_tanh"}, {"hidden_act": "relu"}, {"hidden_act": "silu"},
        {"hidden_act": "quick_gelu"}, {"layer_norm_eps": 1e-3}, {"num_attention_heads": 1}, {"num_attention_heads": 32},
        {"num_hidden_layers": 1}, {"num_hidden_layers": 12}, {"type_vocab_size": 4},
        {"hidden_size": 60, "num_attention_heads": 5, "intermediate_size": 7},
    ]  # fmt: skip
    for change in changes:
        config = configuration(**change)
        network = randomised(BertModel(config), 2)
        folder = write(zoo.path("configuration"), config, network.state_dict())
        compare(", ".join(f"{key} {value}" for key, value in change.items()), folder, reference.hidden_states(network, encodings))

    for classes in (1, 2, 5):
        config = configuration(id2label={n: f"name {n}" for n in range(classes)}, label2id={f"name {n}": n for n in range(classes)})
        network = randomised(BertForSequenceClassification(config), classes)
        folder = write(zoo.path("classifier"), config, network.state_dict(), "BertForSequenceClassification")
        found, facts = zoo.logits(folder, TEXTS)
        report.within(f"logits of {classes} classes", reference.difference(found["logits"], reference.logits(network, encodings)), LIMIT)
        report.equal(f"names of {classes} classes", facts["labels"], list(config.id2label.values()))
