"""A network as a page: written for ada-export and ada-explore, served by the latter.

Browsers share memory between threads only in pages that are isolated from others, which two headers
of the server ask for; a page that is opened from a disk has a single thread. Imports nothing heavy, as
`_program`.
"""

import http.server
import os
import pathlib
import threading

from ada_tf.cli._directions import folder_of
from ada_tf.interop.export.folders import check_page
from ada_tf.models.config import TRUNCATIONS

_DIRECTIONS = 6  # per method, unless the run has directions: as many as people try
HOST = "127.0.0.1"
MOST_CONNECTIONS, IDLE = 64, 10  # answered at once; seconds
_ELSEWHERE = (
    "This page answers to the names 127.0.0.1 and localhost alone. From another machine, run"
    " ssh -L 8000:{0.server_address[0]}:{0.server_port} MACHINE there, and open"
    " http://localhost:8000/.\n"
)
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def runtime_of(given: pathlib.Path | None, beside) -> pathlib.Path:
    """The folder of onnxruntime-web.

    Args:
        given: the value of --runtime.
        beside: folders where it is looked for without one.

    Raises:
        UserError: it is not there.
    """
    from ada_tf.interop.explorer.web_page import find_runtime

    return find_runtime(given, beside)


def write_page(
    flags,
    path: pathlib.Path,
    runtime: pathlib.Path,
    *,
    weights: str | None = None,
    truncation: str | None = None,
    directions: pathlib.Path | None = None,
    overwrite: bool = False,
) -> pathlib.Path:
    """Write the explorer of a network.

    Args:
        flags: an `OfNetwork`.
        path: see `web_page.write`.
        runtime: see `runtime_of`.
        weights: see `web_page.write`.
        truncation: see `web_page.write`.
        directions: the file of ada-directions; None takes those of the run, or finds some.
        overwrite: see `web_page.write`.

    Raises:
        UserError: see `web_page.write`, or the directions are of another network.
    """
    check_page(path, overwrite)
    from ada_tf.inference.generate import generator_of
    from ada_tf.interop.explorer import web_page
    from ada_tf.interop.explorer.web_networks import check_shown
    from ada_tf.models.build import check_export

    trained = flags.open()
    check_export(trained.architecture, "web")
    check_shown(trained.architecture.shape.channels)
    generator = generator_of(trained, fp32=True)
    return web_page.write(
        generator,
        trained.architecture.shape,
        trained.label_space,
        path,
        runtime=runtime,
        name=pathlib.PurePath(flags.network).name or "network",
        weights=weights or "float16",
        truncation=truncation or TRUNCATIONS[0],
        directions=_directions_of(generator, trained, flags.network, directions),
        overwrite=overwrite,
    )


def _directions_of(generator, trained, network: str, given: pathlib.Path | None) -> dict:
    """Name -> Direction: of a file, of the run, or of the network as it is."""
    from ada_tf.inference.directions import FILE, read_directions
    from ada_tf.inference.drawn_labels import drawn_labels
    from ada_tf.inference.find_directions import find_directions
    from ada_tf.inference.w_samples import SAMPLES

    folder = folder_of(network)
    if given is None and folder is not None and os.path.exists(folder / FILE):
        given = folder
    if given is not None:
        return read_directions(given, generator)
    methods = ["sefa", "pca"] if hasattr(generator.synthesis, "styled") else ["pca"]
    labels = drawn_labels(trained.label_space, SAMPLES)
    found = find_directions(generator, methods, count=_DIRECTIONS, labels=labels)
    return {name: one.direction for name, one in found.items()}


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
    request_queue_size = (
        128  # connections that wait; of Python's 5 a page with many parts loses some
    )

    def __init__(self, folder, index: str, port: int = 0):
        super().__init__((HOST, port), _Handler)
        self._free = threading.Semaphore(MOST_CONNECTIONS)
        # Looked up by its whole path: nothing else of the machine has an address.
        self.files = {f"/{path.name}": path for path in pathlib.Path(folder).iterdir()}
        self.files["/"] = self.files[f"/{index}"]
        self.url = f"http://{HOST}:{self.server_port}/"

    def process_request(self, request, client_address):
        """Answer a connection in a thread of its own, once there is one to spare."""
        self._free.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request, client_address):
        """Answer, and give the thread back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, *_):
        """Browsers close connections as they please."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE  # of a connection that asks for nothing, or does not read

    def do_GET(self):
        # A page of another server could have its name point here, and would then read ours. These
        # names cannot be made to; their port is another one where a tunnel leads here.
        if self.headers.get("Host", "").partition(":")[0] not in (HOST, "localhost"):
            self._answer(403, "text/plain; charset=utf-8", _ELSEWHERE.format(self.server).encode())
            return
        path = self.server.files.get(self.path.partition("?")[0])
        if path is None:
            self.send_error(404)
            return
        kind = "text/html; charset=utf-8" if path.suffix == ".html" else "application/octet-stream"
        self._answer(200, kind, path.read_bytes())

    do_HEAD = do_GET

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Type": kind}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_):
        """Nobody reads it."""
