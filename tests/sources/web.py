"""A web server for tests, on loopback: tags, checksums, users, redirects, and faults."""

from __future__ import annotations

import base64
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PASSWORD = "canary-7f3c"  # noqa: S105 - of a server of the tests


class Web:
    """Serves `files`, name -> bytes; what goes wrong is said by the attributes.

    Attributes:
        tags: Whether answers have an ETag; checksums: whether they have a Repr-Digest.
        alter: Maps the bytes of a GET to what is sent instead, under the headers of the true ones.
        after_get: Called once a GET was answered.
        status: Answered to the next requests, one each.
        user: Who must ask, as `name:password`; None for anybody.
    """

    def __init__(self):
        """Listen on a free port."""
        self.files, self.status, self.hosts, self.asked = {}, [], {}, []
        self.tags, self.checksums = True, False
        self.alter = self.after_get = self.user = None
        web = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_HEAD(self):
                self.do_GET(send=False)

            def do_GET(self, *, send=True):
                web.answer(self, send=send)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        """Stop."""
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request, *, send):
        """Answer one request."""
        name = request.path.partition("?")[0].lstrip("/")
        self.asked.append((request.command, request.path, dict(request.headers)))
        said = request.headers.get("Authorization", "")
        wanted = self.user and "Basic " + base64.b64encode(self.user.encode()).decode()
        content = self.files.get(name)
        status = 401 if wanted and said != wanted else 404 if content is None else 200
        status = self.status.pop(0) if self.status else status
        if name in self.hosts:
            request.send_response(302)
            request.send_header("Location", self.hosts[name])
            request.end_headers()
            return
        request.send_response(status)
        body = content if status == 200 else b"secret words"
        if status == 200:
            digest = hashlib.sha256(content).digest()
            if self.tags:
                request.send_header("ETag", f'"{digest.hex()[:12]}"')
            if self.checksums:
                spelt = base64.b64encode(digest).decode()
                request.send_header("Repr-Digest", f"sha-256=:{spelt}:")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if send:
            request.wfile.write(self.alter(body) if self.alter and status == 200 else body)
            if self.after_get:
                self.after_get()
