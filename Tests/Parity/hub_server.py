"""A server that speaks the part of the Hugging Face hub's protocol that downloads need, for one repository in a folder.

That it is spoken well is proved by `huggingface_hub`, which downloads from it too. Large files are on a server of their own, as on the hub.
"""

import hashlib
import json
import os
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LARGE = 10_000  # bytes; larger files are stored by their SHA-256
PAGE = 3  # entries on a page of the list of files


class HubServer:
    """Serves `folder` as `repository`, at one commit. Use it as a context."""

    def __init__(self, repository, folder, token=None):
        self.repository, self.folder, self.token = repository, folder, token
        self.commit = hashlib.sha1(repository.encode()).hexdigest()
        self.requests = []
        self.files = {}
        for name in tree(folder):
            with open(os.path.join(folder, name), "rb") as file:
                self.files[name] = file.read()
        self.store = self._start(self._answer_store)
        self.hub = self._start(self._answer_hub)
        self.address = "http://127.0.0.1:%d" % self.hub.server_address[1]
        self.store_address = "http://127.0.0.1:%d" % self.store.server_address[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in (self.hub, self.store):
            server.shutdown()
            server.server_close()

    def _start(self, answer):
        requests = self.requests

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                requests.append((self.command, self.path, dict(self.headers)))
                answer(self)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def _send(self, request, status, headers, body=b""):
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)

    def _json(self, request, value, headers=None):
        self._send(request, 200, {"Content-Type": "application/json", **(headers or {})}, json.dumps(value).encode())

    def _file(self, request, content, headers):
        """A file, or the part of it that is asked for."""
        wanted = request.headers.get("Range", "")
        headers = {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream", **headers}
        if not wanted.startswith("bytes="):
            return self._send(request, 200, headers, content)
        first, last = wanted[6:].split("-")
        first, last = int(first), min(int(last) if last else len(content) - 1, len(content) - 1)
        if first > last:
            return self._send(request, 416, {"Content-Range": f"bytes */{len(content)}"})
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        self._send(request, 206, headers, content[first : last + 1])

    def _entry(self, name):
        content = self.files[name]
        entry = {"type": "file", "path": name, "size": len(content), "oid": git_object(content)}
        if len(content) > LARGE:
            pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256(content)}\nsize {len(content)}\n".encode()
            entry["oid"] = git_object(pointer)
            entry["lfs"] = {"oid": sha256(content), "size": len(content), "pointerSize": len(pointer)}
        return entry

    def _answer_hub(self, request):
        path, _, query = request.path.partition("?")
        path = urllib.parse.unquote(path)
        if self.token and request.headers.get("Authorization") != "Bearer " + self.token:
            return self._send(request, 401, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})
        api = f"/api/models/{self.repository}"
        if path in (api, f"{api}/revision/main", f"{api}/revision/{self.commit}"):
            siblings = [{"rfilename": name} for name in self.files]
            return self._json(
                request,
                {
                    "_id": "0" * 24, "id": self.repository, "modelId": self.repository, "sha": self.commit, "private": False, "gated": False,
                    "disabled": False, "tags": [], "downloads": 0, "likes": 0, "siblings": siblings,
                },
            )
        if path in (f"{api}/tree/main", f"{api}/tree/{self.commit}"):
            start = int(urllib.parse.parse_qs(query).get("cursor", ["0"])[0])
            names = list(self.files)
            headers = {}
            if start + PAGE < len(names):
                headers["Link"] = f'<{self.address}{path}?recursive=true&cursor={start + PAGE}>; rel="next"'
            return self._json(request, [self._entry(name) for name in names[start : start + PAGE]], headers)
        for revision in ("main", self.commit):
            prefix = f"/{self.repository}/resolve/{revision}/"
            name = path[len(prefix) :] if path.startswith(prefix) else None
            if name in self.files:
                content = self.files[name]
                headers = {"X-Repo-Commit": self.commit, "ETag": f'"{git_object(content)}"'}
                if len(content) <= LARGE:
                    return self._file(request, content, headers)
                headers |= {"X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{sha256(content)}"'}
                headers["Location"] = f"{self.store_address}/{sha256(content)}?signature=secret"
                return self._send(request, 302, headers)
        self._send(request, 404, {"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"})

    def _answer_store(self, request):
        wanted = request.path.partition("?")[0][1:]
        for content in self.files.values():
            if sha256(content) == wanted:
                return self._file(request, content, {"ETag": f'"{wanted}"'})
        self._send(request, 404, {})


def tree(folder):
    """The names of all files below a folder."""
    return sorted(
        os.path.relpath(os.path.join(place, name), folder) for place, _, names in os.walk(folder, followlinks=True) for name in names)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def git_object(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
