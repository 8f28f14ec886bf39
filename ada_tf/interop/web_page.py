"""A generator as a page: everything it needs in one HTML file, or in a folder for a web server.

    ada-export runs/00000-photos-auto --format=web --out=faces.html

Opened from a disk, without a network, it makes pictures from seeds, mixes and steers them. Networks and the
runtime lie in it as base64 of gzip, which browsers unpack, in blocks that are no scripts. Its Content-
Security-Policy lets it run the scripts that are in it, told by their SHA-256, and what it makes of its own
blocks, and ask for nothing: no address, no picture, no form. In a folder, for its own files.
"""

import base64
import gzip
import hashlib
import html
import json
import pathlib
from collections.abc import Mapping

from ada_tf.errors import UserError
from ada_tf.files import printable, replacing, writing
from ada_tf.interop import web_networks, web_runtime, web_scripts
from ada_tf.interop.export_folders import check_page, is_page_file
from ada_tf.interop.new_folder import Kind, new_folder
from ada_tf.label_space import LabelSpace
from ada_tf.shape import Shape
from ada_tf.version import __version__

# Browsers hold a file as one text, of half a gigabyte at most, and phones of far less.
MAX_FILE = 2**28
INDEX = "index.html"


def write(
    generator,
    shape: Shape,
    space: LabelSpace,
    path,
    *,
    runtime,
    name: str,
    weights: str = "float16",
    truncation: str = "class",
    directions: Mapping | None = None,
    overwrite: bool = False,
) -> pathlib.Path:
    """Write the explorer of a generator; it appears only when it is complete.

    Args:
        generator: a Generator; whatever it was trained in, this is float32.
        shape: of its pictures.
        space: what its labels mean.
        path: of the file, which ends in .html; or else of a folder for a static web server.
        runtime: folder of the npm package onnxruntime-web, as `web_runtime.find` gives it.
        name: what people call the network, and give to ada-generate.
        weights: "float32" or "float16", of what is stored.
        truncation: what truncation pulls toward at first, the mean of the "class" or the "global" one.
        directions: name -> `ada_tf.inference.directions.Direction`, of which each gets a slider.
        overwrite: replace what is there.

    Returns:
        The path.

    Raises:
        UserError: it is there already, cannot be written or is too large; the runtime cannot be used;
            packages are missing; the pictures are bands.
    """
    path = pathlib.Path(path)
    check_page(path, overwrite)
    web_networks.check_shown(shape.channels)
    about = web_networks.describe(generator, shape, space, directions)
    found = web_runtime.read(runtime)
    about |= {
        "name": name,
        "truncation": truncation,
        "ada_tf": __version__,
        "runtime": found.version,
    }
    parts = _parts(generator.in_float32(), weights, directions, found)
    about["id"] = hashlib.sha256(parts["synthesis.onnx"]).hexdigest()[:16]  # of names that are kept
    if not is_page_file(path):
        return _write_folder(path, about, parts)
    page = _page(about, parts).encode()
    if len(page) > MAX_FILE:
        raise UserError(
            f"out={printable(path)!r} would be a file of {len(page) >> 20} MB, where browsers open"
            f" {MAX_FILE >> 20}; give a folder, and a web server, such as ada-explore is."
        )
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_bytes(page)
    return path


def _parts(generator, weights, directions, runtime) -> dict[str, bytes]:
    """Contents of all blocks by name."""
    parts = {
        f"{name}.onnx": content
        for name, content in web_networks.networks(generator, weights).items()
    }
    for name, array in web_networks.arrays(generator, directions).items():
        parts[name] = array.tobytes()
    for name, build in runtime.builds.items():
        parts[f"{name}.mjs"], parts[f"{name}.wasm"] = build
    return parts


def _write_folder(path, about, parts) -> pathlib.Path:
    with new_folder(path, False, Kind("a page", INDEX)) as written:
        for name, content in parts.items():
            (written / f"{name}.gz.bin").write_bytes(_packed(content))
        (written / INDEX).write_text(_page(about, {}), encoding="utf-8")
    return path


def _page(about: dict, parts: Mapping[str, bytes]) -> str:
    """The page, with `parts` inside; without them it asks for them beside itself."""
    script, style = web_scripts.joined("main.js"), web_scripts.text("style.css")
    policy = {
        "default-src": "'none'",
        # blob: is what the page makes of its own blocks: the runtime and its threads.
        "script-src": f"{_source(script)} blob: 'wasm-unsafe-eval'",
        "worker-src": "blob:",
        "style-src": _source(style),
        "img-src": "blob: data:",
        "connect-src": "'none'" if parts else "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    blocks = [
        _block("about", "application/json", json.dumps(about).replace("<", "\\u003c")),
        _block("worker", "text/plain", web_scripts.joined("worker.js")),
        *(
            _block(name, "text/plain", base64.b64encode(_packed(content)).decode())
            for name, content in parts.items()
        ),
    ]
    filled = {
        "policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "name": html.escape(about["name"]),
        "style": style,
        "blocks": "\n".join(blocks),
        "script": script,
    }
    first, *rest = web_scripts.text("page.html").split("<!--{")
    pieces = [first]
    for piece in rest:
        name, _, tail = piece.partition("}-->")
        pieces += [filled[name], tail]
    return "".join(pieces)


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _block(name: str, kind: str, content: str) -> str:
    return f'<script type="{kind}" id="block-{name}">{content}</script>'


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)  # the same call gives the same bytes
