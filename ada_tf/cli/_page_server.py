"""A server of the files of one folder, for this machine alone.

Browsers share memory between threads only in pages that are isolated from others, which is what two of
its headers ask for; a page that is opened from a disk has a single thread.
"""

import http.server
import pathlib

HOST = "127.0.0.1"
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class PageServer(http.server.ThreadingHTTPServer):
    """Serves a folder at `url` once `serve_forever` is called.

    Args:
        folder: of the files, which all lie in it directly.
        index: name of the one that is served for /.
        port: 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """

    daemon_threads = True

    def __init__(self, folder, index: str, port: int = 0):
        super().__init__((HOST, port), _Handler)
        # Looked up by its whole path: nothing else of the machine has an address.
        self.files = {f"/{path.name}": path for path in pathlib.Path(folder).iterdir()}
        self.files["/"] = self.files[f"/{index}"]
        self.url = f"http://{HOST}:{self.server_port}/"

    def handle_error(self, *_):
        """Browsers close connections as they please."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.server.files.get(self.path.partition("?")[0])
        # A page of another server could have its name point here, and would then read ours.
        ours = self.headers.get("Host") == f"{HOST}:{self.server.server_port}"
        if path is None or not ours:
            self.send_error(404)
            return
        content = path.read_bytes()
        self.send_response(200)
        kind = "text/html; charset=utf-8" if path.suffix == ".html" else "application/octet-stream"
        for name, value in {**_HEADERS, "Content-Type": kind}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Nobody reads it."""
