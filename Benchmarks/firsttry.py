#!/usr/bin/env python3
"""Compares what `zoo finetune` gives without a flag with the best of a grid, and solved heads with scikit-learn's logistic regression.

    firsttry.py --shared DIR --zoo PROGRAM --model MINILM_FOLDER_OR_WHEEL --vit FOLDER [--results FILE] [--sets NAME,...] [--seeds 1,2,3]
                [--parts free,head,grid] [--cells all|few] [--threads N] [--table]

Sets: banking77, polarity, flowers5, sign-digits, support-desk, and parts of the first three of 50, 200 and 1000 examples, as `polarity/200`,
drawn with the run's seed. Every run is one line of JSON in the results file; runs that are there already are not repeated, so it can be ended
and started at will. `--table` prints what is there.

The grid: rate 2e-5, 5e-5, 1e-4, 3e-4; 3, 6, 12 epochs; batches of 8 and 32; otherwise the familiar recipe on the same model and head (the mean
over the tokens for MiniLM). `few` leaves out 2e-5, 12 epochs and batches of 8, as for large sets.
"""
import argparse, csv, itertools, json, os, pathlib, random, shutil, statistics, subprocess, sys, tempfile, time

p = argparse.ArgumentParser()
p.add_argument("--shared", required=True)
p.add_argument("--zoo", required=True)
p.add_argument("--model", required=True)
p.add_argument("--vit")
p.add_argument("--results", default="firsttry.jsonl")
p.add_argument("--sets", default="support-desk")
p.add_argument("--seeds", default="1,2,3")
p.add_argument("--parts", default="free,head")
p.add_argument("--cells", choices=["all", "few"], default="all")
p.add_argument("--threads", type=int, default=os.cpu_count())
p.add_argument("--table", action="store_true")
a = p.parse_args()

shared = pathlib.Path(a.shared).resolve() / "data"
desk = pathlib.Path(__file__).resolve().parent.parent / "zoo" / "data" / "support-desk"
TRAIN = {"banking77": shared / "banking77/train.csv", "polarity": shared / "polarity/train.tsv", "flowers5": shared / "flowers5/train",
         "sign-digits": shared / "sign-digits/train", "support-desk": desk / "train.csv"}
TEST = {"banking77": shared / "banking77/test.csv", "polarity": shared / "polarity/test.tsv", "flowers5": shared / "flowers5/test",
        "sign-digits": shared / "sign-digits/test", "support-desk": desk / "test.csv"}
work = pathlib.Path(tempfile.mkdtemp(prefix="zoo-firsttry-"))
environment = dict(os.environ, ZOO_HOME=str(work / "home"), ZOO_PROGRESS="none")


def zoo(*arguments):
    r = subprocess.run([str(pathlib.Path(a.zoo).resolve()), *map(str, arguments)], env=environment, capture_output=True, text=True)
    if r.returncode:
        raise RuntimeError(f"{arguments}\n{r.stdout[-1500:]}{r.stderr[-1500:]}")
    return r.stdout


def is_image(name):
    return name in ("flowers5", "sign-digits")


def part(name, count, seed):
    """Some examples of a set, drawn with a seed; folders by links."""
    if count is None:
        return TRAIN[name]
    draw = random.Random(seed)
    if is_image(name):
        files = sorted(f for f in TRAIN[name].rglob("*") if f.suffix.lower() in (".jpg", ".png"))
        target = work / f"{name}-{count}-{seed}"
        for f in draw.sample(files, count):
            (target / f.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(f, target / f.parent.name / f.name)
        return target
    target = work / f"{name}-{count}-{seed}{TRAIN[name].suffix}"
    if TRAIN[name].suffix == ".csv":  # A field may have line ends in it.
        with open(TRAIN[name], newline="", encoding="utf-8") as f:
            header, *rows = csv.reader(f)
        with open(target, "w", newline="", encoding="utf-8") as f:
            csv.writer(f).writerows([header] + draw.sample(rows, count))
    else:
        lines = [line for line in TRAIN[name].read_text(encoding="utf-8").split("\n") if line]
        target.write_text("\n".join(lines[:1] + draw.sample(lines[1:], count)) + "\n", encoding="utf-8")
    return target


def known():
    path = pathlib.Path(a.results)
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def record(**row):
    with open(a.results, "a") as f:
        f.write(json.dumps(row) + "\n")
    print(json.dumps(row), flush=True)


def run(name, count, seed, kind, flags):
    key = dict(set=name, count=count, seed=seed, kind=kind, flags=flags)
    if any(all(row.get(k) == v for k, v in key.items()) for row in known()):
        return
    model = "vit" if is_image(name) else "minilm"
    start = time.time()
    out = json.loads(zoo("finetune", model, "--train", part(name, count, seed), "--test", TEST[name], "--out", "result", "--overwrite",
                         "--run-dir", work / "run", "--seed", seed, "--threads", a.threads, "--json", *flags.split()))["data"]
    shutil.rmtree(work / "run", ignore_errors=True)
    record(**key, accuracy=100 * out["test"]["accuracy"], loss=out["test"]["loss"], seconds=round(time.time() - start, 1),
           best=out["summary"]["best_epoch"], epochs=out["summary"]["epochs"], recipe=out.get("recipe"))


def regression(name, count, seed):
    """scikit-learn on the same features."""
    key = dict(set=name, count=count, seed=seed, kind="scikit-learn", flags="")
    if any(all(row.get(k) == v for k, v in key.items()) for row in known()):
        return
    import numpy, warnings
    from sklearn.linear_model import LogisticRegressionCV
    warnings.filterwarnings("ignore")

    def features(path):
        if path.is_dir():
            files = sorted(f for f in path.rglob("*") if f.suffix.lower() in (".jpg", ".png"))
            labels = [f.parent.name for f in files]
            (work / "list.txt").write_text("\n".join(map(str, files)) + "\n")
            source = ["--file", work / "list.txt"]
        else:
            with open(path, newline="", encoding="utf-8") as f:
                tabs = path.suffix == ".tsv"
                rows = list(csv.DictReader(f, delimiter="\t" if tabs else ",", quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL))
            labels = [row.get("label") or row.get("category") for row in rows]
            source = ["--file", path]
        zoo("embed", "vit" if is_image(name) else "minilm", *source, "--no-normalize", "--format", "npy", "-o", work / "features.npy")
        return numpy.load(work / "features.npy"), labels

    x, y = features(part(name, count, seed))
    test_x, test_y = features(TEST[name])
    start = time.time()
    fewest = min(y.count(label) for label in set(y))
    fitted = LogisticRegressionCV(Cs=10, cv=max(2, min(5, fewest)), max_iter=1000).fit(x, y)
    record(**key, accuracy=100 * fitted.score(test_x, test_y), seconds=round(time.time() - start, 1))


def table():
    rows = known()
    groups = {}
    for row in rows:
        groups.setdefault((row["set"], row["count"]), {}).setdefault((row["kind"], row["flags"]), []).append(row)
    print(f"{'set':22}{'no flags':>10}{'best of grid':>14}{'cell':>44}{'cells':>7}{'head only':>11}{'scikit-learn':>14}")
    for (name, count), kinds in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1] or 1 << 30)):
        def mean(kind):
            found = [r["accuracy"] for (k, _), rs in kinds.items() if k == kind for r in rs]
            return f"{statistics.mean(found):.2f}" if found else "-"
        cells = [(statistics.mean(r["accuracy"] for r in rs), flags) for (k, flags), rs in kinds.items() if k == "grid"]
        best = max(cells, default=(float("nan"), "-"))
        print(f"{name + ('' if count is None else '/' + str(count)):22}{mean('free'):>10}{best[0]:>14.2f}{best[1]:>44}{len(cells):>7}"
              f"{mean('head'):>11}{mean('scikit-learn'):>14}")


def main():
    zoo("import", a.model, "--as", "minilm")
    if a.vit:
        zoo("import", a.vit, "--as", "vit")
    cells = list(itertools.product(["2e-5", "5e-5", "1e-4", "3e-4"], [3, 6, 12], [8, 32]))
    if a.cells == "few":
        cells = [c for c in cells if c[0] != "2e-5" and c[1] != 12 and c[2] != 8]
    for item in a.sets.split(","):
        name, _, size = item.partition("/")
        count = int(size) if size else None
        for seed in map(int, a.seeds.split(",")):
            if "free" in a.parts:
                run(name, count, seed, "free", "")
            if "head" in a.parts:
                run(name, count, seed, "head", "--head-only")
                regression(name, count, seed)
            if "grid" in a.parts:
                for rate, epochs, batch in cells:
                    run(name, count, seed, "grid", f"--lr {rate} --epochs {epochs} --batch {batch} --val-fraction 0.1")


try:
    if not a.table:
        main()
    table()
finally:
    shutil.rmtree(work, ignore_errors=True)
