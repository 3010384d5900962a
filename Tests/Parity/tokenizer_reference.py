#!/usr/bin/env python3
"""Texts for the tokenizer and the ids that `transformers` gives them.

    tokenizer_reference.py texts DATA > texts.jsonl        every text of the data sets under DATA, then the hard texts
    tokenizer_reference.py hard > texts.jsonl              the hard texts
    tokenizer_reference.py scalars > texts.jsonl           every Unicode scalar, alone and between letters
    tokenizer_reference.py fuzz COUNT > texts.jsonl        random texts of awkward characters
    tokenizer_reference.py vocabulary > vocab.txt          a vocabulary in which every scalar starts and continues words
    tokenizer_reference.py encode MODEL texts.jsonl > ids.jsonl
    tokenizer_reference.py fixture FOLDER                  writes the files of the unit tests

A line of texts: {"text": …, "pair": …?, "max": …?}, `max` being the largest number of ids, 512 if left out. A line of ids, for the same
line of texts: {"ids": […], "second": number of ids before the first of type 1, "dropped": number of tokens cut off}. MODEL is a folder with
vocab.txt and tokenizer_config.json, read by `BertTokenizerFast`, or a tokenizer.json, read by `tokenizers`.
"""

import csv
import itertools
import json
import os
import random
import sys

csv.field_size_limit(1 << 30)


def texts(data):
    def path(*names):
        return os.path.join(data, *names)

    for name in ("train", "test"):
        with open(path("banking77", name + ".csv"), newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield {"text": row["text"]}
    for name in ("train", "dev", "test"):
        with open(path("goemotions", name + ".tsv"), encoding="utf-8", newline="\n") as file:
            for line in file:
                yield {"text": line.split("\t")[0]}
        with open(path("polarity", name + ".tsv"), encoding="utf-8", newline="\n") as file:
            for line in list(file)[1:]:
                yield {"text": line.split("\t")[0]}
        with open(path("stsb", name + ".csv"), newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                first, second = row["sentence1"], row["sentence2"]
                yield {"text": first}
                yield {"text": second}
                yield {"text": first, "pair": second}
                yield {"text": first, "pair": second, "max": 16}
    for language in ("en", "de"):
        with open(path("xquad", f"xquad.{language}.json"), encoding="utf-8") as file:
            for article in json.load(file)["data"]:
                for paragraph in article["paragraphs"]:
                    context = paragraph["context"]
                    yield {"text": context}
                    yield {"text": context, "max": 128}
                    for question in paragraph["qas"]:
                        yield {"text": question["question"]}
                        yield {"text": question["question"], "pair": context, "max": 128}
    for name in ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"):
        with open(path("wnut17", name), encoding="utf-8", newline="\n") as file:
            words = []
            for line in list(file) + ["\n"]:
                if line.strip():
                    words.append(line.rstrip("\n").split("\t")[0])
                elif words:
                    yield {"text": " ".join(words)}
                    words = []
    yield from hard()


def hard():
    words = [
        "", " ", " \t\r\n ", "\u00a0\u2003\u3000", "hello", "Hello, World!", "hello\tworld\r\nhello", "café naïve Ångström",
        "cafe\u0301", "ÀÉÎÕÜ ŷ ǎ ȩ ḿ ệ", "Straße ẞ", "İstanbul ıI", "ΑΣ ΣΑΣ ΟΔΟΣ", "ŐŰ ő ű", "中文字符 mixed中文text", "日本語のテキスト カタカナ",
        "한국어 텍스트", "각 각", "Привет, мир! Ёлка й", "שלום עולם", "שָׁלוֹם", "مرحبا بالعالم", "\u202bעברית\u202c abc", "ไทยคำ", "हिन्दी में",
        "👩‍👩‍👧‍👦 family", "👍🏽 ok", "🇩🇪🇫🇷", "❤️", "a\u0000b", "\u0000", "a\u0001\u007f\u0080\u009fb", "a\u000bb\u000cc\u0085d",
        "a\u001cb\u001fc", "soft\u00adhyphen", "zero\u200bwidth\u200djoiner", "\ufeffbom", "a\ufffdb", "\ufffd", "a\ue000b",
        "\U000e0041tag", "\u0378 unassigned \U0003fffe", "non\u00a0breaking\u202fspace", "line\u2028para\u2029graph", "[SEP]",
        "[CLS] a [SEP] b [PAD][MASK][UNK]", "[sep] [ SEP ] [SEP", "a[SEP]b", "[[SEP]]", "[MASK] hello", " [MASK] ", "é[SEP]\u0301",
        "##hello ##ing # # ##", "hello##ing", "don't can't it's", "\"quoted\" ‘single’ “double” «guillemets»", "a—b–c…d",
        "$100.00 + 5% = £7 ¥8 €9", "a_b a-b a/b a\\b a|b a~b a`b a^b", "1234567890 3.14 1,000", "½ ² ³ ① Ⅷ ⅷ", "ﬁ ﬂ ﬀ", "ⓐⒷ", "Ａｂｃ１２３",
        "ǅ ǆ Ǆ", "K Å Ω", "\u037e \u1fef \u2000", "http://example.com/a?b=c&d=e#f", "user@example.com @user #tag", "x" * 99, "x" * 100,
        "x" * 101, "é" * 99, "é" * 100, "é" * 101, "e\u0301" * 100, "e\u0301" * 101, "hello" * 20, "hello" * 20 + "s", "a" * 1000 + " b",
        "中" * 150, "." * 150, "a\u0301" * 50 + "\u0300" * 1000, "a" + "\u0301\u0323\u0334" * 20 + "b", "a\u302e\u1d165\u302f\u302eb",
        "a\U0001d165\u302e\U0001d15eb", "\u0344 \u0340 \u0f73 \u0c48 \u0f76 \u0cc0", "\U0001d160\U0001d1bb", "\u1e9b\u0323",
        "\u212b\u2126", "豈更車 \U0002f800 \ufa0e", "\U0002b820 \U0002b920 \U00030000", "ͅ ͅα", "ᾳ ᾼ ᾲ", "\u0130\u0307", "\u0149",
        "the quick brown fox jumps over the lazy dog", "  leading and trailing  ", "unaffable unwanted running", "zzzzqqq xqz",
    ]  # fmt: skip
    for word in words:
        yield {"text": word}
    long, short = "one two three four five six seven eight nine ten", "a b c"
    pairs = [(long, short), (short, long), (long, long), (short, ""), ("", short), ("", ""), ("[SEP] a", "b [SEP]"), ("é中", "中é")]
    for first, second in pairs:
        for maximum in (3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 16, 512):
            yield {"text": first, "pair": second, "max": maximum}
    for maximum in (2, 3, 4, 5, 12, 13):
        yield {"text": long, "max": maximum}


def scalars():
    for value in range(0x110000):
        if not 0xD800 <= value < 0xE000:
            yield {"text": chr(value)}
            yield {"text": "a" + chr(value) + "b"}


def fuzz(count):
    generator = random.Random(20240501)
    pool = sorted({c for item in hard() for c in item["text"]}) + list("aAbBzZ   .,#[]")
    pool += [
        "lazy", "LAZY dog", "one two", "o w", "hel", "Straße", "STRASSE", "_", "\u200d", "\u2003", "\u0085", "[SEP]", "[MASK]", "[CLS]",
        "[UNK]", "[PAD]", "<x>", "<Y>", "ÀB", "##", "hello", "中", "\u0301", "\u0323", "\u302e", "\u1d165", "\t", "\u3000",
    ]
    pool += [chr(generator.choice((0x300, 0x1AB0, 0x20D0, 0x1E000)) + n) for n in range(48)]
    blocks = [*range(0, 0xD800, 200), *range(0xE000, 0x20000, 200)]

    def character():
        value = generator.choice(blocks) + generator.randrange(200)
        return generator.choice(pool) if generator.random() < 0.9 or 0xD800 <= value < 0xE000 else chr(value)

    def text():
        return "".join(character() for _ in range(generator.choice((3, 10, 40, 200))))

    for _ in range(count):
        item = {"text": text(), "max": generator.choice((3, 5, 8, 16, 64, 512))}
        if generator.random() < 0.3:
            item["pair"] = text()
        yield item


def vocabulary():
    yield from ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "##hello", "a", "##b")
    for value in range(0x110000):
        if not 0xD800 <= value < 0xE000 and value != 10:
            yield chr(value)
            yield "##" + chr(value)


def load(model):
    if os.path.isdir(model):
        from transformers import BertTokenizerFast

        return BertTokenizerFast.from_pretrained(model)._tokenizer
    from tokenizers import Tokenizer

    return Tokenizer.from_file(model)


def encode(tokenizer, items):
    """The lines of ids for lines of texts. The calls are those of `transformers` with truncation=True, max_length=…"""
    tokenizer.no_padding()
    for maximum, group in itertools.groupby(items, key=lambda item: item.get("max", 512)):
        group = iter(group)
        while chunk := list(itertools.islice(group, 10_000)):
            batch = [(item["text"], item["pair"]) if "pair" in item else item["text"] for item in chunk]
            tokenizer.no_truncation()
            lengths = [len(encoding.ids) for encoding in tokenizer.encode_batch(batch)]
            tokenizer.enable_truncation(max_length=maximum, stride=0, strategy="longest_first", direction="right")
            for encoding, length in zip(tokenizer.encode_batch(batch), lengths):
                types = encoding.type_ids
                second = types.index(1) if 1 in types else len(types)
                yield {"ids": encoding.ids, "second": second, "dropped": length - len(types)}


def lines(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            yield json.loads(line)


def fixture(folder):
    """Writes a small vocabulary, the hard texts, their ids for four settings, a tokenizer.json with added tokens and its ids, and a hash of
    the ids of every scalar."""
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

    items = list(hard())
    letters = "abcdefghijklmnopqrstuvwxyzß0123456789σςαιоде각\u1100\u1161\u11a8"
    characters = sorted({c for item in items for c in item["text"] if not c.isspace() and c != "\0"} | set(letters))
    tokens = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "world", "##ing", "##s", "one", "two", "three", "four", "five", "un",
        "##aff", "##able",
    ]
    tokens += ["cafe", "café", "strasse", "running", "run", "##n", "the", "text", "istanbul", "中文", "привет", "hell", "##o", "hello" * 20]
    tokens += [token for c in characters for token in (c, "##" + c)]
    # Some characters do not continue words, so that unknown words occur.
    tokens = [t for i, t in enumerate(dict.fromkeys(tokens)) if i < 40 or not (t.startswith("##") and hash_of(t) % 4 == 0)]
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "vocab.txt"), "w", encoding="utf-8", newline="\n") as file:
        file.write("".join(token + "\n" for token in tokens))
    with open(os.path.join(folder, "texts.jsonl"), "w", encoding="utf-8", newline="\n") as file:
        for item in items:
            file.write(json.dumps(item) + "\n")
    from transformers import BertTokenizerFast

    settings = {
        "uncased": {},
        "cased": {"do_lower_case": False},
        "accents": {"do_lower_case": True, "strip_accents": False, "tokenize_chinese_chars": False},
        "upper": {"do_lower_case": False, "strip_accents": True},
    }
    for name, values in settings.items():
        tokenizer = BertTokenizerFast(vocab={token: i for i, token in enumerate(tokens)}, **values)._tokenizer
        write_ids(os.path.join(folder, name + ".jsonl"), tokenizer, items)
    tokenizer = Tokenizer(models.WordPiece({token: i for i, token in enumerate(tokens)}, unk_token="[UNK]", max_input_chars_per_word=50))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.add_special_tokens([AddedToken("[SEP]", lstrip=True), AddedToken("[MASK]", lstrip=True, rstrip=True, normalized=False)])
    tokenizer.add_tokens([
        AddedToken("lazy", single_word=True), AddedToken("LAZY dog", normalized=True), AddedToken("Straße", normalized=True),
        AddedToken("o w", rstrip=True, normalized=False), AddedToken("one two", lstrip=True, normalized=False, single_word=True),
        AddedToken("hel", single_word=True, normalized=False), AddedToken("中文", normalized=False), AddedToken("é", normalized=False),
    ])  # fmt: skip
    tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    write_ids(os.path.join(folder, "added.jsonl"), tokenizer, items)

    tokenizer = BertTokenizerFast(vocab={token: i for i, token in enumerate(vocabulary())})._tokenizer
    value, count = 0xCBF29CE484222325, 0
    for line in encode(tokenizer, (item for item in scalars() if len(item["text"]) == 3)):
        for number in line["ids"]:
            value = (value ^ number) * 0x100000001B3 & 0xFFFF_FFFF_FFFF_FFFF
        count += len(line["ids"])
    with open(os.path.join(folder, "scalars.json"), "w", encoding="utf-8") as file:
        file.write(json.dumps({"fnv1a": f"{value:016x}", "ids": count}) + "\n")


def hash_of(text):
    value = 0
    for byte in text.encode():
        value = (value * 31 + byte) % 65521
    return value


def write_ids(path, tokenizer, items):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for line in encode(tokenizer, items):
            file.write(json.dumps(line, separators=(",", ":")) + "\n")


def main(arguments):
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    match arguments:
        case ["texts", data]:
            items = texts(data)
        case ["hard"]:
            items = hard()
        case ["scalars"]:
            items = scalars()
        case ["fuzz", count]:
            items = fuzz(int(count))
        case ["vocabulary"]:
            sys.stdout.writelines(token + "\n" for token in vocabulary())
            return 0
        case ["encode", model, path]:
            for line in encode(load(model), lines(path)):
                print(json.dumps(line, separators=(",", ":")))
            return 0
        case ["fixture", folder]:
            fixture(folder)
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    for item in items:
        print(json.dumps(item))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
