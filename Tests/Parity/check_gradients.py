"""3. The gradient of every parameter in one training step equals that of `BertForSequenceClassification`."""

import corpora
import heads
import reference
import torch

BATCH = 32
LIMIT = 1e-4
# The exact gradient of the keys' biases is 0: a shift of all scores of a row changes no probability. What is left is rounding.
ZERO = "attention.self.key.bias"
ZERO_LIMIT = 1e-6


def gradients(network, inputs, labels):
    network.zero_grad()
    result = network(**inputs, labels=labels)
    result.loss.backward()
    values = {name: weight.grad.clone() for name, weight in network.named_parameters()}
    return result.loss.item(), result.logits.detach(), values


def run(report, zoo, model, data):
    report.section("3. Gradients of one step, without dropout")
    rows = corpora.labelled(data, BATCH)
    labels = sorted({label for _, label in rows})
    compare(report, zoo, model, rows, labels, f"{len(labels)} classes")
    # More classes than the data has, and another head.
    more = labels + [f"class {number}" for number in range(len(labels), max(7, len(labels) + 1))]
    compare(report, zoo, model, rows, more, f"{len(more)} classes", seed=2)


def compare(report, zoo, model, rows, labels, title, seed=1):
    folder = zoo.path("head")
    network = heads.write(model, folder, labels, seed)
    network.eval()  # no dropout
    truth = torch.tensor([labels.index(label) for _, label in rows])
    inputs = reference.padded(reference.encode(reference.tokenizer_of(folder), [{"text": text} for text, _ in rows], 512))
    found, facts = zoo.gradients(folder, [{"text": text, "label": labels.index(label)} for text, label in rows])
    loss, logits, expected = gradients(network, inputs, truth)
    exact = gradients(network.double(), inputs, truth)[2]

    report.equal(f"{title}: names of the classes", facts["labels"], labels)
    report.within(f"{title}: loss of {len(rows)} sentences", abs(found["loss"].item() - loss), 1e-5)
    report.within(f"{title}: logits", reference.difference(found["logits"], logits), 1e-5)
    names = {name.removeprefix("gradients.") for name in found if name.startswith("gradients.")}
    report.equal(f"{title}: parameters with a gradient", sorted(names), sorted(expected), f"{len(expected)}, all of them")
    if names != set(expected):
        return
    total = torch.stack([value.double().norm() for value in exact.values()]).norm().item()

    def error(name, a, b):
        if a.shape != b.shape:
            return float("inf")
        return ((a.double() - b.double()).norm() / (total if name.endswith(ZERO) else b.double().norm())).item()

    def worst(values, other, zero):
        return max((error(name, values[name], other[name]), name) for name in expected if name.endswith(ZERO) == zero)

    ours = {name: found["gradients." + name] for name in expected}
    value, name = worst(ours, expected, False)
    report.within(f"{title}: relative error, worst parameter", value, LIMIT)
    report.note("", name)
    value, name = worst(ours, expected, True)
    report.within(f"{title}: keys' biases, of the norm of all gradients", value, ZERO_LIMIT)
    report.note("for comparison: zoo to double precision, worst", "%.3g %s" % worst(ours, exact, False))
    report.note("for comparison: transformers to double precision, worst", "%.3g %s" % worst(expected, exact, False))
