#!/usr/bin/env python3
"""Writes Tests/BERTTests/Fixtures/sentences.json: folders as sentence-transformers lays them out, and the vectors that it makes with them.

    make_sentence_fixture.py [FOLDER]        ../BERTTests/Fixtures by default

Each case is made of the tiny BERT in tiny/, in the folder `transformer`, and of the files that it names; weights of Dense modules are given
by name. `vectors` is what `SentenceTransformer.encode` gives without scaling, one list for each of the texts.
"""

import json
import os
import shutil
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import sentence_transformers
import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer

TEXTS = ["The film was good!", "bad, bad and very bad film ending", "A"]
OLD = "sentence_transformers.models."
NEW = {
    "Transformer": "sentence_transformers.base.modules.transformer.",
    "Pooling": "sentence_transformers.sentence_transformer.modules.pooling.",
    "Dense": "sentence_transformers.base.modules.dense.",
    "Normalize": "sentence_transformers.base.modules.normalize.",
    "Dropout": "sentence_transformers.sentence_transformer.modules.dropout.",
}
FLAGS = ["cls_token", "max_tokens", "mean_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]


def modules(*entries, new=False):
    names = [{"idx": i, "name": str(i), "path": path, "type": (NEW[kind] if new else OLD) + kind} for i, (kind, path) in enumerate(entries)]
    return {"modules.json": names}


def flags(*active, **more):
    return {"word_embedding_dimension": 32} | {"pooling_mode_" + name: name in active for name in FLAGS} | more


def usual(pooling, path="1_Pooling", new=False, **files):
    return modules(("Transformer", ""), ("Pooling", path), new=new) | {path + "/config.json": pooling} | files


def dense(inputs, outputs, activation="torch.nn.modules.activation.Tanh", **more):
    return {"in_features": inputs, "out_features": outputs, "bias": True, "activation_function": activation} | more


def with_dense(*configs, pooling=None, normalize=()):
    entries = [("Transformer", ""), ("Pooling", "1_Pooling")]
    files = {"1_Pooling/config.json": pooling or flags("mean_tokens")}
    for number, config in enumerate(configs):
        if number in normalize:
            entries.append(("Normalize", f"{len(entries)}_Normalize"))
        path = f"{len(entries)}_Dense"
        entries.append(("Dense", path))
        files[path + "/config.json"] = config
    return modules(*entries) | files


PROMPTS = {"prompts": {"query": "find a ", "document": "film: "}, "default_prompt_name": None}

CASES = [
    {"name": "flags, mean", "files": usual(flags("mean_tokens"))},
    {"name": "flags, cls", "files": usual(flags("cls_token"))},
    {"name": "flags, max", "files": usual(flags("max_tokens"))},
    {"name": "flags, root of the length", "files": usual(flags("mean_sqrt_len_tokens"))},
    {"name": "flags, weighted mean", "files": usual(flags("weightedmean_tokens"))},
    {"name": "flags, last token", "files": usual(flags("lasttoken"))},
    {"name": "flags, none", "files": usual(flags())},
    {"name": "flags, three side by side", "files": usual(flags("mean_tokens", "cls_token", "max_tokens"))},
    {"name": "mode since 5.4, cls", "files": usual({"pooling_mode": "cls", "embedding_dimension": 32, "include_prompt": True}, new=True)},
    {"name": "mode since 5.4, mean", "files": usual({"pooling_mode": "mean", "embedding_dimension": 32}, new=True)},
    {"name": "mode since 5.4, several in their own order", "files": usual({"pooling_mode": ["lasttoken", "mean"], "embedding_dimension": 32})},
    {"name": "mode before flags", "files": usual(flags("mean_tokens", pooling_mode="lasttoken"))},
    {
        "name": "the transformer in a folder of its own", "transformer": "0_Transformer",
        "files": modules(("Transformer", "0_Transformer"), ("Pooling", "1_Pooling"))
        | {"1_Pooling/config.json": flags("cls_token"), "config.json": {"__version__": {"sentence_transformers": "0.3.0"}}},
    },
    {"name": "a folder of another name", "files": usual(flags("cls_token"), path="summary")},
    {
        "name": "a second folder that is not named",
        "files": usual(flags("max_tokens"), path="2_Pooling") | {"1_Pooling/config.json": flags("cls_token")},
    },
    {"name": "greatest length", "files": usual(flags("mean_tokens"), **{"sentence_bert_config.json": {"max_seq_length": 6, "do_lower_case": False}})},
    {
        "name": "lower case of a cased model",
        "files": usual(
            flags("mean_tokens"),
            **{
                "sentence_bert_config.json": {"max_seq_length": None, "do_lower_case": True},
                "tokenizer_config.json": {"tokenizer_class": "BertTokenizer", "do_lower_case": False, "model_max_length": 24},
            },
        ),
    },
    {
        "name": "cased",
        "files": usual(
            flags("mean_tokens"),
            **{
                "sentence_bert_config.json": {"max_seq_length": None, "do_lower_case": False},
                "tokenizer_config.json": {"tokenizer_class": "BertTokenizer", "do_lower_case": False, "model_max_length": 24},
            },
        ),
    },
    {
        "name": "settings as version 6 writes them",
        "files": usual(
            {"embedding_dimension": 32, "pooling_mode": "mean", "include_prompt": True}, new=True,
            **{
                "sentence_bert_config.json": {
                    "transformer_task": "feature-extraction", "module_output_name": "token_embeddings",
                    "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
                },
                "config_sentence_transformers.json": {
                    "model_type": "SentenceTransformer", "__version__": {"sentence_transformers": "5.4.0"}, "prompts": {"query": "", "document": ""},
                    "default_prompt_name": None, "similarity_fn_name": "cosine",
                },
            },
        ),
    },
    {"name": "dense, tanh", "files": with_dense(dense(32, 6)), "dense": {"2_Dense": [32, 6]}},
    {
        "name": "dense without activation and bias", "files": with_dense(dense(32, 6, "torch.nn.modules.linear.Identity", bias=False)),
        "dense": {"2_Dense": [32, 6]},
    },
    {"name": "dense, the activation not named", "files": with_dense({"in_features": 32, "out_features": 4}), "dense": {"2_Dense": [32, 4]}},
    {
        "name": "two dense, length 1 between them, and residuals",
        "files": with_dense(
            dense(32, 6, "torch.nn.modules.activation.ReLU", use_residual=True),
            dense(6, 6, "torch.nn.modules.activation.GELU", use_residual=True), normalize=(0, 1)),
        "dense": {"3_Dense": [32, 6], "5_Dense": [6, 6]},
    },
    {
        "name": "dense on two poolings", "files": with_dense(dense(64, 4, "torch.nn.modules.activation.SiLU"), pooling=flags("cls_token", "mean_tokens")),
        "dense": {"2_Dense": [64, 4]},
    },
    {
        "name": "normalize and dropout",
        "files": modules(("Transformer", ""), ("Pooling", "1_Pooling"), ("Dropout", "2_Dropout"), ("Normalize", "3_Normalize"))
        | {"1_Pooling/config.json": flags("mean_tokens"), "2_Dropout/config.json": {"dropout": 0.1}},
        "scaled": True,
    },
    {"name": "a prompt by name", "files": usual(flags("mean_tokens")) | {"config_sentence_transformers.json": PROMPTS}, "prompt_name": "query"},
    {"name": "a prompt", "files": usual(flags("mean_tokens")) | {"config_sentence_transformers.json": PROMPTS}, "prompt": "is it "},
    {
        "name": "the default prompt",
        "files": usual(flags("mean_tokens")) | {"config_sentence_transformers.json": PROMPTS | {"default_prompt_name": "document"}},
    },
    {
        "name": "no prompt in place of the default", "prompt": "",
        "files": usual(flags("mean_tokens")) | {"config_sentence_transformers.json": PROMPTS | {"default_prompt_name": "document"}},
    },
    *(
        {
            "name": f"{mode} without the prompt's tokens",
            "files": usual(flags(mode, include_prompt=False)) | {"config_sentence_transformers.json": PROMPTS}, "prompt_name": "query",
        }
        for mode in FLAGS
    ),
    {
        "name": "mean and cls without the prompt's tokens, no prompt", "files": usual(flags("mean_tokens", "cls_token", include_prompt=False)),
    },
]  # fmt: skip


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "BERTTests", "Fixtures")
    generator = torch.Generator().manual_seed(20261129)
    for case in CASES:
        with tempfile.TemporaryDirectory() as path:
            shutil.copytree(os.path.join(folder, "tiny"), os.path.join(path, case.get("transformer", "")), dirs_exist_ok=True)
            for name, content in case["files"].items():
                os.makedirs(os.path.dirname(os.path.join(path, name)), exist_ok=True)
                with open(os.path.join(path, name), "w", encoding="utf-8") as file:
                    json.dump(content, file)
            for name, (inputs, outputs) in case.pop("dense", {}).items():
                config = case["files"][name + "/config.json"]
                shapes = {"linear.weight": [outputs, inputs]}
                if config.get("bias", True):
                    shapes["linear.bias"] = [outputs]
                if config.get("use_residual") and inputs != outputs:
                    shapes["residual.weight"] = [outputs, inputs]
                # Few digits, so that the file is short and exact.
                tensors = {key: torch.randint(-32, 33, shape, generator=generator) / 64 for key, shape in shapes.items()}
                save_file(tensors, os.path.join(path, name, "model.safetensors"))
                case.setdefault("weights", {})[name] = {
                    key: {"shape": list(tensor.shape), "values": tensor.flatten().tolist()} for key, tensor in tensors.items()
                }
            # The weights are in half precision; what they stand for is computed in single precision.
            model = SentenceTransformer(path, device="cpu", model_kwargs={"dtype": torch.float32})
            arguments = {key: case[key] for key in ("prompt", "prompt_name") if key in case}
            vectors = model.encode(TEXTS, convert_to_tensor=True, **arguments)
            case["vectors"] = [[float(f"{x:.6g}") for x in row] for row in vectors.tolist()]
    result = {"sentence_transformers": sentence_transformers.__version__, "texts": TEXTS, "cases": CASES}
    with open(os.path.join(folder, "sentences.json"), "w", encoding="utf-8") as file:
        file.write('{"sentence_transformers": %s, "texts": %s, "cases": [\n' % (json.dumps(result["sentence_transformers"]), json.dumps(TEXTS)))
        file.write(",\n".join(json.dumps(case) for case in CASES))
        file.write("\n]}\n")


if __name__ == "__main__":
    main()
