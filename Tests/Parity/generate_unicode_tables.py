#!/usr/bin/env python3
"""Writes Sources/ModelZoo/Tokenizers/UnicodeTables.swift.

The character classes, accent-free forms and lower-case forms are not taken from a Unicode database but asked of the `tokenizers` package,
one scalar at a time: it mixes tables of several Unicode versions, and the ids must equal its ids for every scalar.

    generate_unicode_tables.py > Sources/ModelZoo/Tokenizers/UnicodeTables.swift
"""

import sys

import tokenizers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

REMOVED, CHINESE, STRIPPED, PUNCTUATION, WHITESPACE, NONSTARTER, ACCENTED, UPPERCASE = (1 << bit for bit in range(8))
CLASS_SHIFT = 8
HANGUL = range(0xAC00, 0xD7A4)
SCALARS = [chr(value) for value in range(0x110000) if not 0xD800 <= value < 0xE000]


def bert(**on):
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**(off | on)).normalize_str


clean, chinese, strip, lower = bert(clean_text=True), bert(handle_chinese_chars=True), bert(strip_accents=True), bert(lowercase=True)
decompose = normalizers.NFD().normalize_str
split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str


def combining_classes():
    """The rank of each non-zero combining class, 1 and up, found by seeing which marks change places."""
    simple = [s for s in SCALARS if decompose(s) == s]
    low, high = "\u0334", "\u0345"  # classes 1 and 240, the lowest and the highest
    marks = [s for s in simple if decompose(s + low) != s + low or decompose(high + s) != high + s] + [low, high]
    marks = sorted(set(marks))
    groups = []  # one mark of each class, in the order of the classes
    ranks = {}
    for mark in marks:
        if not any(same_class(mark, other) for other in groups):
            groups.append(mark)
    groups = sorted(groups, key=lambda mark: sum(decompose(mark + other) != mark + other for other in groups))
    for mark in marks:
        ranks[mark] = 1 + next(index for index, other in enumerate(groups) if same_class(mark, other))
    return ranks


def same_class(first, second):
    return decompose(first + second) == first + second and decompose(second + first) == second + first


def word_characters():
    """What `\\w` means to the reference: a token that must stand alone is not found after such a character."""
    probe = Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]"))
    probe.add_tokens([AddedToken("Q", single_word=True, normalized=False)])
    token = probe.token_to_id("Q")
    return {s for s in SCALARS if token not in probe.encode(s + "Q").ids}


def main():
    ranks = combining_classes()
    words = word_characters()
    flags, accent_free, lowered = {}, [], {}
    for s in SCALARS:
        value = 0
        cleaned = clean(s)
        assert cleaned in ("", " ", s)
        if cleaned == "":
            value |= REMOVED
        if chinese(s) != s:
            assert chinese(s) == f" {s} "
            value |= CHINESE
        pieces = [piece for piece, _ in split("a" + s + "b")]
        if pieces == ["a", "b"]:
            value |= WHITESPACE
        elif pieces == ["a", s, "b"]:
            value |= PUNCTUATION
        else:
            assert pieces == ["a" + s + "b"]
        assert (cleaned == " ") == (value & WHITESPACE != 0 and value & REMOVED == 0)
        form, bare = decompose(s), strip(s)
        if form == s:
            if bare == "":
                value |= STRIPPED
            else:
                assert bare == s
            if s in ranks:
                value |= NONSTARTER
                if bare == s:
                    value |= ranks[s] << CLASS_SHIFT
        elif ord(s) not in HANGUL:
            # Marks only, or a starter first that stays or goes.
            if form[0] in ranks:
                assert all(c in ranks for c in form) and bare == ""
                value |= NONSTARTER
            else:
                assert bare == "" or bare[0] not in ranks
            value |= ACCENTED
            accent_free += [number for c in bare or "\0" for number in (ord(s), ord(c))]
        if lower(s) != s:
            value |= UPPERCASE
            if s != "\u0130":
                assert len(lower(s)) == 1
                lowered[ord(s)] = ord(lower(s))
        flags[s] = value
    assert lower("\u0130") == "i\u0307"

    runs, previous = [], None
    for s in SCALARS:
        if flags[s] != previous:
            previous = flags[s]
            runs += [ord(s), previous]
    word_ranges = []
    for value in sorted(map(ord, words)):
        if word_ranges and word_ranges[-1] == value - 1:
            word_ranges[-1] = value
        else:
            word_ranges += [value, value]
    lower_runs = []  # first, last, step, lower - upper
    for upper, low in sorted(lowered.items()):
        if lower_runs:
            run = lower_runs[-1]
            step = upper - run[1]
            if run[3] == low - upper and step in (1, 2) and (run[0] == run[1] or run[2] == step):
                run[1], run[2] = upper, step
                continue
        lower_runs.append([upper, upper, 1, low - upper])

    print("// Made by Tests/Parity/generate_unicode_tables.py; do not edit.")
    print("// swift-format-ignore-file")
    print()
    print("/// Character classes and mappings as the `tokenizers` package, release " + tokenizers.__version__ + ", has them.")
    print("enum UnicodeTables {")
    table("classRuns", "UInt32", "Start of a run of scalars, `ScalarClass` of all in it.", runs)
    table("accentFree", "UInt32", "Scalar, scalar it becomes without accents; several pairs for several scalars, 0 for none.", accent_free)
    table("lowercase", "Int32", "First, last, step and offset of a run of scalars with a lower-case form.", sum(lower_runs, []))
    table("wordRanges", "UInt32", "First and last of a range of word characters, as `\\w`.", word_ranges)
    print("}")


def table(name, kind, comment, numbers):
    print(f"    /// {comment}")
    print(f"    static let {name}: [{kind}] = [")
    line = "       "
    for number in numbers:
        text = f" {number},"
        if len(line) + len(text) > 138:
            print(line)
            line = "       "
        line += text
    print(line)
    print("    ]")


if __name__ == "__main__":
    sys.exit(main())
