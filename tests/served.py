"""A file on a server of the loopback, which can be told to misbehave."""

import contextlib
import http.server
import re
import threading


class Served:
    """A server of one file, at `url`, whatever the path.

    Attributes:
        content: of the file.
        etag, modified: headers that tell its version; None sends none.
        ranges: whether it answers requests for a part.
        if_range: whether it looks at If-Range, as it should.
        repeats: whether parts come with these headers, too.
        shift: where parts begin, beside where they were asked for.
        stop: after how many bytes it closes the connection.
        hold: after how many bytes it waits for `go`; `held` says that it does.
        length: what it says of its length; None is the truth, "" nothing.
        kind: of its content.
        status, location: of an answer without a file.
        raw: what it sends instead of an answer of HTTP.
        chunked: sends no length, but chunks.
        endless: sends more and more.
        requests: headers of each request.
        sent: bytes of files that were sent.
    """

    def __init__(self, content=b""):
        self.content, self.etag, self.modified = content, '"first"', None
        self.ranges = self.if_range = self.repeats = True
        self.shift, self.stop, self.hold, self.length = 0, None, None, None
        self.kind, self.status, self.location = "application/octet-stream", 200, None
        self.raw = None
        self.chunked = self.endless = False
        self.requests, self.sent = [], 0
        self.held, self.go = threading.Event(), threading.Event()
        self.url = ""

    def headers(self, start):
        length = len(self.content) - start if self.length is None else self.length
        found = {"Content-Type": self.kind}
        if not start or self.repeats:
            found |= {"ETag": self.etag, "Last-Modified": self.modified}
        if self.chunked:
            found["Transfer-Encoding"] = "chunked"
        elif length != "":
            found["Content-Length"] = str(length)
        return {name: value for name, value in found.items() if value is not None}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        served = self.server.served
        served.requests.append(dict(self.headers))
        self.close_connection = True
        if served.raw is not None:
            self.wfile.write(served.raw)
            return
        if served.location is not None or served.status != 200:
            where = {} if served.location is None else {"Location": served.location}
            self._answer(served.status, {**where, "Content-Length": "0"})
            return
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        fits = not served.if_range or self.headers.get("If-Range") in (served.etag, served.modified)
        start = int(asked[1]) if asked and served.ranges and fits else 0
        size = len(served.content)
        if start >= size > 0:
            self._answer(416, {"Content-Range": f"bytes */{size}", "Content-Length": "0"})
            return
        headers = served.headers(start)
        if start:
            start += served.shift
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        self._answer(206 if start else 200, headers)
        self._send(served.content[start:])
        while served.endless:
            self._send(bytes(2**16))
        if served.chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _answer(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, data):
        served = self.server.served
        data = data[: served.stop]
        for part in (data[: served.hold], data[served.hold :] if served.hold else b""):
            if not part:
                continue
            head, tail = (f"{len(part):x}\r\n".encode(), b"\r\n") if served.chunked else (b"", b"")
            served.sent += len(part)  # before the client can have read it, and ask
            self.wfile.write(head + part + tail)
            self.wfile.flush()
            if served.hold is not None and not served.held.is_set():
                served.held.set()
                served.go.wait(60)

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Clients that went away are what is tested."""


@contextlib.contextmanager
def serving(content=b"", name="net.pkl"):
    """A `Served` that answers as long as the context lasts."""
    served = Served(content)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.served = served
        served.url = f"http://127.0.0.1:{server.server_port}/{name}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield served
        finally:
            served.go.set()
            server.shutdown()
            thread.join()
