"""Explore a trained generator in a browser: seeds, truncation, labels, a plane to drag, mixing, directions.

    ada-explore creatures
    ada-explore runs/00000-photos-auto
    ada-explore runs/00000-photos-auto --directions=dirs --noopen --port=8000

RUN is as for ada-generate. The page lies in a temporary folder and is served to this machine alone, until
Ctrl-C; the browser computes the pictures, on WebGPU or all cores. The page needs the npm package
onnxruntime-web: npm install --ignore-scripts onnxruntime-web, here or above, or --runtime. ada-export
--format=web writes a page that needs no server.
"""

import dataclasses
import pathlib
import tempfile

from ada_tf.cli import _page, _program, _values
from ada_tf.cli._flags import option
from ada_tf.cli._generator import OfNetwork
from ada_tf.errors import UserError
from ada_tf.files import cause
from ada_tf.models.config import TRUNCATIONS

_MAX_PORT = 2**16 - 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(OfNetwork):
    """Flags of ada-explore."""

    trunc_towards: str = option(
        TRUNCATIONS[0],
        "Mean that truncation pulls towards: of the class, or of all classes, as in published"
        " galleries.",
        choices=TRUNCATIONS,
    )
    directions: pathlib.Path | None = option(
        None,
        "File or folder that ada-directions wrote; default: the folder directions of RUN, or else"
        " some that are found.",
        read=_values.path,
    )
    runtime: pathlib.Path | None = option(
        None, "Folder of the npm package onnxruntime-web.", read=_values.path
    )
    port: int = option(0, "Port of the server; 0 is a free one.", at_least=0, at_most=_MAX_PORT)
    open_browser: bool = option(True, "Open the browser.", flag="open")


def main(flags: Flags) -> None:
    """Write the page and serve it."""
    flags.check()
    runtime = _page.runtime_of(flags.runtime, [pathlib.Path.cwd()])
    with tempfile.TemporaryDirectory(prefix="ada-explore-") as temporary:
        page = _page.write_page(
            flags,
            pathlib.Path(temporary) / "page",
            runtime,
            truncation=flags.trunc_towards,
            directions=flags.directions,
        )
        serve(page, flags.port, flags.open_browser)


def serve(page: pathlib.Path, port: int, opens: bool) -> None:
    """Serve a folder until somebody interrupts.

    Args:
        page: the folder.
        port: see `_page.PageServer`.
        opens: whether the browser is opened.

    Raises:
        UserError: the port is taken, or there is no browser.
    """
    from ada_tf.interop.explorer.web_page import INDEX

    try:
        server = _page.PageServer(page, INDEX, port)
    except OSError as error:
        raise UserError(
            f"port={port} cannot be served ({cause(error)}); give another, or 0 for any that is free."
        ) from error
    with server:
        print(f"Explore {server.url} until Ctrl-C.", flush=True)
        if opens:
            _open_browser(server.url)  # the browser waits until the server answers
        server.serve_forever()


def _open_browser(url: str) -> None:
    """Open an address in the browser of the user.

    Raises:
        UserError: there is none.
    """
    import webbrowser

    if not webbrowser.open(url):
        raise UserError(
            "open=true finds no browser here; give --noopen, and open the address yourself."
        )


def run() -> None:
    """Entry point of `ada-explore`."""
    _program.run(main, Flags)


if __name__ == "__main__":
    run()
