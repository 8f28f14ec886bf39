"""Explore a trained generator in a browser: seeds, truncation, labels, a plane to drag, mixing, directions.

    ada-explore creatures
    ada-explore runs/00000-photos-auto
    ada-explore runs/00000-photos-auto --directions=dirs --noopen --port=8000

A run is what ada-generate takes. The page is made in a temporary folder and served to this machine alone,
until Ctrl-C; the browser computes the pictures, on WebGPU or all cores. It needs the npm package
onnxruntime-web: npm install --ignore-scripts onnxruntime-web, here or above, or --runtime. ada-export
--format=web writes the same as a file that needs no server.
"""

import pathlib
import tempfile

from absl import flags

from ada_tf.cli import _asking, _page, _program
from ada_tf.errors import UserError
from ada_tf.files import cause

MAX_PORT = 2**16 - 1


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    add = {"flag_values": values}
    _asking.define(values, "network", "trunc_towards", "directions")
    values["directions"].help = (
        "File or folder that ada-directions wrote; by default the folder directions of RUN, or else some"
        " that are found."
    )
    flags.DEFINE_string("runtime", None, "Folder of the npm package onnxruntime-web.", **add)
    flags.DEFINE_integer(
        "port", 0, "Of the server; 0 is a free one.", lower_bound=0, upper_bound=MAX_PORT, **add
    )
    flags.DEFINE_boolean("open", True, "Open the browser.", **add)


def main(argv, values=flags.FLAGS) -> None:
    """Flags to a served page."""
    network = _asking.network_of(argv, values)
    runtime = _page.runtime_of(values.runtime, [pathlib.Path.cwd()])
    with tempfile.TemporaryDirectory(prefix="ada-explore-") as temporary:
        page = _page.write_page(
            network,
            pathlib.Path(temporary) / "page",
            runtime,
            truncation=values.trunc_towards,
            directions=values.directions,
        )
        serve(page, values.port, values.open)


def serve(page: pathlib.Path, port: int, opens: bool) -> None:
    """Serve a folder until somebody interrupts.

    Args:
        page: the folder.
        port: see `PageServer`.
        opens: whether the browser is opened.

    Raises:
        UserError: the port is taken, or there is no browser.
    """
    from ada_tf.cli._page_server import PageServer
    from ada_tf.interop.explorer.web_page import INDEX

    try:
        server = PageServer(page, INDEX, port)
    except OSError as error:
        raise UserError(
            f"port={port} cannot be served ({cause(error)}); give another, or 0 for any that is free."
        ) from error
    with server:
        print(f"Explore {server.url} until Ctrl-C.", flush=True)
        if opens:
            open_browser(server.url)  # which waits until the server answers
        server.serve_forever()


def open_browser(url: str) -> None:
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
    define_flags()
    _program.run(main, positionals=("RUN",))


if __name__ == "__main__":
    run()
