#!/usr/bin/env python3
"""Compares this package with `transformers`. Run by run.sh (`make parity`); exit code 1 if anything differs."""

import argparse
import os
import shutil
import sys
import tempfile
import traceback

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")

import check_checkpoints
import check_features
import check_gradients
import check_images
import check_servers
import check_tokens
import check_training
import tokenizers
import torch
import transformers
from report import Report
from zoo import Zoo

CHECKS = {
    "tokens": lambda report, zoo, a: check_tokens.run(report, zoo, a.model, a.data),
    "features": lambda report, zoo, a: check_features.run(report, zoo, a.model, a.data),
    "gradients": lambda report, zoo, a: check_gradients.run(report, zoo, a.model, a.data),
    "training": lambda report, zoo, a: check_training.run(report, zoo, a.model, a.data),
    "checkpoints": lambda report, zoo, a: check_checkpoints.run(report, zoo),
    "images": lambda report, zoo, a: check_images.run(report, zoo, a.data),
    "servers": lambda report, zoo, a: check_servers.run(report, a.command, a.model),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the built zoo-parity")
    parser.add_argument("--command", required=True, help="the built zoo")
    parser.add_argument("--model", required=True, help="the folder of a BERT, as all-MiniLM-L6-v2")
    parser.add_argument("--data", help="the folder of the data sets; left out, or not there: the example data")
    parser.add_argument("--work", help="where files are left; by default they are removed")
    parser.add_argument("--only", choices=CHECKS, action="append", help="one check; may be repeated")
    arguments = parser.parse_args()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()

    work = arguments.work or tempfile.mkdtemp(prefix="zoo parity ")
    os.makedirs(work, exist_ok=True)
    report = Report()
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, tokenizers {tokenizers.__version__}")
    print(f"model {arguments.model}")
    print(f"data  {arguments.data if arguments.data and os.path.isdir(arguments.data) else 'the example data of this repository'}")
    try:
        zoo = Zoo(arguments.program, work)
        for name in arguments.only or CHECKS:
            try:
                CHECKS[name](report, zoo, arguments)
            except Exception as error:
                traceback.print_exc()
                report.line(False, name, f"{type(error).__name__}: {error}")
    finally:
        if not arguments.work:
            shutil.rmtree(work, ignore_errors=True)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
