"""The command `zoo` against servers that nobody here wrote: nginx, and a hub that `huggingface_hub` downloads from; and without any, offline."""

import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from hub_server import HubServer, tree

REFUSED = 12  # the exit code for what a server does not give to strangers


class Command:
    """The built `zoo` with a store of its own."""

    def __init__(self, program, home):
        self.program, self.home = program, home
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("HF_", "ZOO_")) and "proxy" not in name.lower()},
            "ZOO_HOME": home, "HOME": home + "-nobody",
        }

    def __call__(self, *arguments, code=0, **environment):
        result = subprocess.run(
            [self.program, *arguments, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            env={**self.environment, **environment}, encoding="utf-8",
        )
        if result.returncode != code:
            raise AssertionError(f"zoo {' '.join(arguments)} ended with {result.returncode}: {(result.stdout + result.stderr).strip()[:2000]}")
        return json.loads(result.stdout)["data"] if code == 0 else result.stdout + result.stderr

    def digest(self, reference):
        return self("show", reference)["digest"]


class Nginx:
    """nginx on a free port of this machine, with a folder. Use it as a context."""

    def __init__(self, root, work):
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = os.path.join(work, "access.log")
        os.chmod(work, 0o755)
        configuration = os.path.join(work, "nginx.conf")
        user = "user root;" if os.geteuid() == 0 else ""
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(
                f"""{user} worker_processes 1; daemon off; pid "{work}/nginx.pid"; error_log "{work}/error.log";
                events {{ worker_connections 64; }}
                http {{
                    access_log "{self.log}"; sendfile on;
                    client_body_temp_path "{work}/t1"; proxy_temp_path "{work}/t2"; fastcgi_temp_path "{work}/t3";
                    uwsgi_temp_path "{work}/t4"; scgi_temp_path "{work}/t5";
                    server {{ listen 127.0.0.1:{self.port}; root "{root}"; }}
                }}"""
            )
        self.process = subprocess.Popen([program, "-c", configuration, "-p", work], stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("nginx does not listen; see " + work + "/error.log")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def lines(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read().splitlines()


def run(report, program, model):
    work = tempfile.mkdtemp(prefix="zoo servers ")
    try:
        check_mirror(report, program, model, work)
        check_hub(report, program, model, work)
        check_offline(report, program, model, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def check_mirror(report, program, model, work):
    report.section("A mirror made by zoo push, served by nginx")
    maker = Command(program, work + "/maker")
    user = Command(program, work + "/user")
    maker("import", model, "--as", "minilm")
    maker("key", "generate", "site")
    maker("push", "minilm", "--to", work + "/mirror", "--sign", "site")
    key = maker("key", "list")["own"][0]["key"]
    with Nginx(work + "/mirror", work) as nginx:
        user("source", "add", "site", nginx.address, "--key", key)
        report.equal("the model is found", [m["name"] for m in user("search", "minilm")["models"] if m["source"] == "site"], ["minilm"])
        user("fetch", "site/minilm")
        report.equal("digest as at home", user.digest("minilm"), maker.digest("minilm"))
        user("verify", "minilm", "--deep")
        parts = [line for line in nginx.lines() if '" 206 ' in line]
        report.line(len(parts) > 3, "the weights came in parts", f"{len(parts)} answers 206")

        # A fetch that is killed goes on where it was.
        weights = max(user("show", "minilm")["manifest"]["files"], key=lambda file: file["size"])
        user("remove", "minilm", "--yes")
        user("gc", "--older-than", "0s", "--partials")
        process = subprocess.Popen(
            [program, "fetch", "site/minilm"], env=user.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(20_000):
            journals = glob.glob(glob.escape(user.home) + "/partial/fetch-*/.tmp-*.log")
            if any(os.path.getsize(journal) > 800 for journal in journals) or process.poll() is not None:
                break
            time.sleep(0.0005)
        killed = process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(0.5)  # nginx writes down the requests that were cut off
        before = len(nginx.lines())
        report.equal("nothing half is listed", user("list")["models"], [])
        user("fetch", "site/minilm")
        user("verify", "minilm", "--deep")
        lines = [line for line in nginx.lines()[before:] if weights["digest"][7:] in line and '" 206 ' in line]
        asked = sum(int(line.split('" 206 ')[1].split()[0]) for line in lines)
        if killed:
            report.line(0 < asked < weights["size"], "what was there is not asked for again", f"{asked} of {weights['size']} bytes")
        else:
            report.skip("what was there is not asked for again", "the fetch was over before it could be killed")

        # One damaged content is mended by fetching it alone.
        blob = os.path.join(user.home, "blobs", "sha256", weights["digest"][7:9], weights["digest"][7:])
        for name, damage in {
            "zeroed": lambda: write(blob, bytes(weights["size"])), "cut": lambda: write(blob, b"short"), "missing": lambda: os.remove(blob),
        }.items():
            damage()
            user("verify", "minilm", code=4)
            before = len(nginx.lines())
            user("verify", "minilm", "--repair")
            user("verify", "minilm", "--deep")
            others = [line for line in nginx.lines()[before:] if "/blobs/" in line and weights["digest"][7:] not in line]
            report.equal(f"{name}: mended, and nothing else was fetched", others, [])


def check_hub(report, program, model, work):
    report.section("A hub that huggingface_hub downloads from")
    import huggingface_hub

    report.note("huggingface_hub", huggingface_hub.__version__)
    with HubServer("org/minilm", model, token="hf_secret") as hub:
        cache = work + "/cache"
        # In a process of its own, for the module reads its settings once.
        script = (
            "import sys, huggingface_hub; print(huggingface_hub.snapshot_download('org/minilm', cache_dir=sys.argv[1], token='hf_secret',"
            " allow_patterns=['*.json', '*.txt', '*.safetensors', '*.md']))"
        )
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_") and "proxy" not in name.lower()}
        result = subprocess.run(
            [os.sys.executable, "-c", script, cache], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
            env={**environment, "HF_ENDPOINT": hub.address, "HOME": work + "/nobody", "HF_HUB_DISABLE_XET": "1"},
        )
        if result.returncode != 0:
            raise AssertionError(result.stderr[-2000:])
        snapshot = result.stdout.strip().splitlines()[-1]
        names = sorted(name for name in tree(model) if name.endswith((".json", ".txt", ".safetensors", ".md")))
        report.equal("huggingface_hub gets every file", tree(snapshot), names)
        report.equal(
            "and every byte", [name for name in names if read(os.path.join(snapshot, name)) != read(os.path.join(model, name))], [])

        zoo = Command(program, work + "/hub")
        token = work + "/token"
        write(token, b"hf_secret\n")
        os.chmod(token, 0o600)
        hub.requests.clear()
        zoo("fetch", "hf:org/minilm", HF_ENDPOINT=hub.address, ZOO_TOKEN_FILE=token)
        zoo("verify", "minilm", "--deep")
        other = Command(program, work + "/imported")
        other("import", snapshot, "--as", "minilm")
        report.equal("digest as of the imported files", zoo.digest("minilm"), other.digest("minilm"))
        stored = [headers for _, path, headers in hub.requests if "signature" in path]
        report.line(
            len(stored) > 0 and not any("Authorization" in headers for headers in stored), "the token goes to the hub alone",
            f"{len(stored)} requests to the other server without it")
        text = zoo("fetch", "hf:org/minilm", "--as", "again", code=REFUSED, HF_ENDPOINT=hub.address)
        report.line("ZOO_TOKEN_FILE" in text, "without the token: refused, and the message says what to do", "exit %d" % REFUSED)


def check_offline(report, program, model, work):
    report.section("No socket with --offline")
    strace = shutil.which("strace")
    if not strace:
        return report.skip("strace", "it is not installed")
    zoo = Command(program, work + "/offline")
    zoo("import", model, "--as", "minilm")
    zoo("key", "generate", "site")
    table = work + "/table.csv"
    write(table, b"text,label\n" + b"good film,yes\nbad film,no\n" * 8)
    mirror = work + "/offline-mirror"
    key = zoo("key", "list")["own"][0]["key"]
    verbs = [
        ["search", "bert"], ["list"], ["list", "--tree"], ["show", "minilm", "--provenance"], ["show", "minilm", "--tensors"],
        ["verify", "--all", "--deep"], ["tag", "minilm", "minilm:v1"], ["diff", "minilm", "minilm:v1"],
        ["push", "minilm", "--to", mirror, "--sign", "site"], ["source", "add", "site", mirror, "--key", key], ["source", "list"],
        ["source", "refresh"], ["fetch", "minilm"], ["key", "list"],
        ["finetune", "minilm", "--train", table, "--out", "tuned", "--epochs", "1", "--head-only"], ["evaluate", "tuned", "--data", table],
        ["predict", "tuned", "good film"], ["embed", "minilm", "good film"], ["export", "tuned", "--format", "hf", "-o", work + "/exported"],
        ["pack", work + "/exported", "-o", work + "/packed.zoo"], ["import", work + "/packed.zoo", "--as", "packed"],
        ["remove", "packed", "--yes"], ["gc", "--dry-run"], ["verify", "minilm", "--repair"], ["source", "remove", "site"],
        ["family", "list"], ["version"],
    ]
    sockets = {}
    for verb in verbs:
        log = work + "/strace.log"
        result = subprocess.run(
            [strace, "-f", "-e", "trace=network", "-o", log, program, *verb, "--offline"], env=zoo.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        )
        if result.returncode != 0:
            raise AssertionError(f"zoo {' '.join(verb)} --offline ended with {result.returncode}: {result.stdout[-2000:]}")
        # A thread that ends while it is looked at leaves a line without a name.
        calls = [line for line in read(log).decode().splitlines() if re.search(r"^\d+ +\w+\(", line)]
        if calls:
            sockets[" ".join(verb)] = calls[:3]
    report.equal(f"system calls of the network in {len(verbs)} verbs", sockets, {}, "none")
    log = work + "/strace.log"
    result = subprocess.run(
        [strace, "-f", "-e", "trace=network", "-o", log, program, "fetch", "bert-base-uncased", "--offline"], env=zoo.environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
    )
    report.equal("a model that is not there: exit 3, and no socket", (result.returncode, "socket(" in read(log).decode()), (3, False))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)
