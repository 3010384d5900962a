"""2. Hidden states and mean-pooled embeddings equal those of `BertModel`."""

import corpora
import reference
import torch
from transformers import AutoModel

COUNT = 1000
LIMIT = 2e-5


def run(report, zoo, model, data):
    report.section("2. Hidden states and embeddings")
    texts = corpora.mixed_texts(data, COUNT)
    encodings = reference.encode(reference.tokenizer_of(model), texts, 512)
    hidden, means, _ = zoo.features(model, texts)
    network = AutoModel.from_pretrained(model, dtype=torch.float32)
    expected = reference.hidden_states(network, encodings)
    lengths = [len(states) for states in expected]
    report.equal("lengths", [len(states) for states in hidden], lengths, f"{len(texts)} texts of {min(lengths)} to {max(lengths)} tokens")
    if [len(states) for states in hidden] != lengths:
        return
    largest = max(states.abs().max().item() for states in expected)
    worst = max(reference.difference(a, b) for a, b in zip(hidden, expected))
    report.within("hidden states, largest difference", worst, LIMIT)
    expected_means = torch.stack([states.mean(0) for states in expected])
    report.within("mean-pooled embeddings, largest difference", reference.difference(means, expected_means), LIMIT)
    cosine = torch.nn.functional.cosine_similarity(means.double(), expected_means.double()).min().item()
    report.within("1 - cosine of the embeddings, largest", 1 - cosine, 1e-9)
    report.note("largest magnitude of a hidden state", f"{largest:.3g}")
    # How far the reference is from itself: the same texts alone, not padded, in double precision.
    sample = range(0, len(texts), max(1, len(texts) // 50))
    network = network.double()
    exact = [reference.hidden_states(network, [encodings[place]])[0] for place in sample]
    for name, values in (("transformers", expected), ("zoo", hidden)):
        distance = max(reference.difference(values[place].double(), states) for place, states in zip(sample, exact))
        report.note(f"for comparison, on 50 texts: {name} to double precision", f"{distance:.3g}")
