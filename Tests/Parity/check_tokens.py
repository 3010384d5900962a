"""1. The ids of every text equal those of `BertTokenizerFast`."""

import corpora
import tokenizer_reference


def huge():
    """Texts that take long where time grows faster than length."""
    texts = ["x" * 2_000_000, "a" + "\u0301" * 500_000, "é" * 200_000, "\0" * 1_000_000, "\U0001f469\u200d" * 100_000, "ab " * 100_000]
    texts += ["[SEP" * 100_000, "." * 200_000, "\u05e9\u05b8\u202b" * 100_000]
    return [{"text": text} for text in texts]


def run(report, zoo, model, data):
    report.section("1. Token ids")
    tokenizer = tokenizer_reference.load(model)
    absent = corpora.missing(data)
    if absent:
        report.skip("data sets", "not found: " + ", ".join(absent))
        sets = [("example data", [{"text": text} for text, _ in corpora.example_rows()])]
    else:
        hard = list(tokenizer_reference.hard())
        sets = [("data sets, alone, in pairs and cut", corpora.all_texts(data)[: -len(hard)])]
    sets.append(("huge texts", huge()))
    sets.append(("hard texts", list(tokenizer_reference.hard())))
    sets.append(("random texts of awkward characters", list(tokenizer_reference.fuzz(5000))))
    for name, texts in sets:
        found = zoo.tokens(model, texts)
        expected = list(tokenizer_reference.encode(tokenizer, texts))
        wrong = [place for place in range(len(texts)) if place >= len(found) or found[place] != expected[place]]
        if wrong:
            first = wrong[0]
            report.line(False, name, f"{len(wrong)} of {len(texts)} texts differ, the first: {texts[first]['text']!r:.80}")
        else:
            report.line(True, name, f"{len(texts)} texts, {sum(len(line['ids']) for line in expected)} ids, all equal")
