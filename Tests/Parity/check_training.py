"""4. The losses and weights of runs of training equal those of a loop in `torch`; 5a. what was trained opens in `transformers`."""

import json
import os

import corpora
import heads
import reference
import torch
from check_checkpoints import configuration, randomised, write
from check_gradients import ZERO
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer, BertForSequenceClassification

# 790 examples: 24 batches of 32 and one of 22, twice.
EXAMPLES = 790
SETTINGS = {"epochs": 2, "batch_size": 32, "learning_rate": 5e-5, "weight_decay": 0.01, "warmup": 0.1, "clip_norm": 1.0, "seed": 7}
LOSS_LIMIT = 1e-3
LOGITS_LIMIT = 1e-5
# A run in which a wrong schedule, decay or clipping changes the weights far beyond rounding: 70 examples, 20 steps.
COARSE_EXAMPLES = 70
COARSE = {"epochs": 4, "batch_size": 16, "learning_rate": 1e-3, "weight_decay": 1.0, "warmup": 0.25, "clip_norm": 0.5, "seed": 11}
COARSE_LIMIT = 1e-4


def factor(step, steps, warmup):
    """`Schedule.factor` of ZooNN, linear, floor 0; steps are counted from 0."""
    rising = max(1, int(steps * warmup)) if warmup > 0 else 0
    if step < rising:
        return (step + 1) / rising
    return 1 - min(1, (step - rising) / max(1, steps - rising))


def follow(report, network, steps, folder, rows, labels, settings):
    """Trains `network` on the batches that zoo took and compares the losses."""
    limit = network.config.max_position_embeddings
    encodings = reference.encode(reference.tokenizer_of(folder), [{"text": text} for text, _ in rows], limit)
    truth = torch.tensor([labels.index(label) for _, label in rows])
    network.eval()  # no dropout
    matrices = [weight for weight in network.parameters() if weight.dim() > 1]
    others = [weight for weight in network.parameters() if weight.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": settings["weight_decay"]}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=settings["learning_rate"])
    batches = [step["places"] for step in steps]
    expected = -(-len(rows) // settings["batch_size"]) * settings["epochs"]
    every = sorted([*range(len(rows))] * settings["epochs"])
    report.equal("steps, and every example once an epoch", (len(steps), sorted(sum(batches, []))), (expected, every))
    losses, norms, rates, clipped = [], [], [], 0
    for number, step in enumerate(steps):
        rate = settings["learning_rate"] * factor(number, len(steps), settings["warmup"])
        for group in optimizer.param_groups:
            group["lr"] = rate
        places = step["places"]
        loss = network(**reference.padded([encodings[place] for place in places]), labels=truth[places]).loss
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(network.parameters(), settings["clip_norm"]).item()
        optimizer.step()
        optimizer.zero_grad()
        clipped += norm > settings["clip_norm"]
        losses.append(abs(loss.item() - step["loss"]))
        norms.append(abs(norm - step["norm"]) / norm)
        rates.append(abs(rate - step["rate"]) / settings["learning_rate"])
    report.within("loss, largest difference", max(losses), LOSS_LIMIT)
    report.within("norm of the gradients, largest relative difference", max(norms), 1e-3)
    report.within("learning rate, largest difference, of the highest rate", max(rates), 1e-12)
    report.note("loss of the first and of the last step", f"{steps[0]['loss']:.4f}, {steps[-1]['loss']:.4f}")
    report.note("steps whose gradients were clipped", f"{clipped} of {len(steps)}")


def weights_difference(a, b):
    """The largest difference of two models' weights. The keys' biases, which change nothing, follow the rounding of their gradients."""
    mine, theirs = dict(a.named_parameters()), dict(b.named_parameters())
    return max((reference.difference(mine[name], theirs[name]), name) for name in theirs if not name.endswith(ZERO))


def run(report, zoo, model, data):
    rows = corpora.labelled(data, EXAMPLES)
    labels = sorted({label for _, label in rows})
    start = zoo.path("start")
    network = heads.write(model, start, labels, seed=3)
    steps, trained = zoo.train(start, [{"text": text, "label": label} for text, label in rows], SETTINGS)
    report.section(f"4a. {len(steps)} steps of AdamW, without dropout")
    follow(report, network, steps, start, rows, labels, SETTINGS)
    opened = AutoModelForSequenceClassification.from_pretrained(trained, dtype=torch.float32)
    report.within("weights after the run, largest difference", weights_difference(opened, network)[0], COARSE_LIMIT)

    coarse(report, zoo, data)
    unseen = [{"text": text} for text, _ in corpora.labelled(data, EXAMPLES + 200)[-200:]]
    export(report, zoo, trained, labels, unseen + corpora.mixed_texts(data, 100))


def coarse(report, zoo, data):
    rows = corpora.labelled(data, COARSE_EXAMPLES)
    labels = sorted({label for _, label in rows})
    config = configuration(id2label=dict(enumerate(labels)), label2id={name: number for number, name in enumerate(labels)})
    network = randomised(BertForSequenceClassification(config), 4)
    start = write(zoo.path("coarse"), config, network.state_dict(), "BertForSequenceClassification")
    before = {name: weight.detach().clone() for name, weight in network.named_parameters()}
    steps, trained = zoo.train(start, [{"text": text, "label": label} for text, label in rows], COARSE)
    report.section(f"4b. {len(steps)} coarse steps of a tiny model, without dropout")
    follow(report, network, steps, start, rows, labels, COARSE)
    opened = AutoModelForSequenceClassification.from_pretrained(trained, dtype=torch.float32)
    value, name = weights_difference(opened, network)
    report.within("weights after the run, largest difference", value, COARSE_LIMIT)
    report.note("", name)
    moved = max(reference.difference(before[name], weight) for name, weight in network.named_parameters())
    report.note("for comparison: the largest change of a weight in the run", f"{moved:.3g}")
    # A row that no text reads is only decayed.
    old = before["bert.embeddings.word_embeddings.weight"][4]
    mine, theirs = (each.bert.embeddings.word_embeddings.weight[4].detach() for each in (opened, network))
    report.within("the row of [MASK], which no text reads", reference.difference(mine, theirs), 1e-6)
    change = reference.difference(old, mine)
    report.line(change > 1e-3, "the row of [MASK] has been decayed", f"by {change:.3g}")


def export(report, zoo, trained, labels, texts):
    report.section("5a. The trained model in transformers")
    found, facts = zoo.logits(trained, texts)
    opened, info = AutoModelForSequenceClassification.from_pretrained(trained, dtype=torch.float32, output_loading_info=True)
    report.equal("type of the model", type(opened).__name__, "BertForSequenceClassification", "BertForSequenceClassification")
    problems = [name for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") for name in info[kind]]
    report.equal("weights missing, unexpected or of another shape", problems, [], "none")
    report.equal("id2label", dict(AutoConfig.from_pretrained(trained).id2label), dict(enumerate(labels)), str(labels))
    report.equal("label2id", dict(opened.config.label2id), {name: number for number, name in enumerate(labels)})
    report.equal("names of the classes in zoo", facts["labels"], labels)
    with open(os.path.join(trained, "config.json"), encoding="utf-8") as file:
        report.equal("architectures", json.load(file)["architectures"], ["BertForSequenceClassification"])
    expected = reference.logits(opened, reference.encode(AutoTokenizer.from_pretrained(trained), texts, 512))
    report.within(f"logits of {len(texts)} texts, largest difference", reference.difference(found["logits"], expected), LOGITS_LIMIT)
    report.equal("classes chosen", found["logits"].argmax(-1).tolist(), expected.argmax(-1).tolist(), f"{len(texts)}, all equal")
