"""The explorer as a page: one HTML file that holds everything, or a folder for a web server."""

import base64
import gzip
import hashlib
import html
import importlib.resources
import json
import os
import pathlib
import re
from collections.abc import Mapping
from typing import NamedTuple

from ada_tf.errors import UserError
from ada_tf.files import open_regular, printable, read_json, reading, replacing, writing
from ada_tf.interop.explorer import web_networks
from ada_tf.interop.export.folders import check_page, is_page_file
from ada_tf.interop.new_folder import FolderKind, new_folder
from ada_tf.label_space import LabelSpace
from ada_tf.marking import Mark, name_of
from ada_tf.models.weights_hash import hash_of
from ada_tf.shape import Shape
from ada_tf.version import __version__

# The explorer's scripts, styles and markup, which are files of `web/`, as parts of one page.
#
# The scripts are ES modules, which a page that is opened from a disk cannot load one by one: they are put
# one after the other, what is imported first, without the lines that import and the words that export.
# So top-level names are different in all of them, and nothing is renamed when it is imported.

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z_]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const |function |async function |class )", re.MULTILINE)


def _web_text(name: str) -> str:
    """A file of the explorer."""
    file = importlib.resources.files("ada_tf.interop") / "web" / name
    return file.read_text(encoding="utf-8")


def joined_scripts(name: str) -> str:
    """A script with all that it imports."""
    parts: dict[str, str] = {}
    _gather(name, parts)
    return "".join(parts.values())


def _gather(name: str, parts: dict[str, str]) -> None:
    script = _web_text(name)
    for needed in _IMPORT.findall(script):
        if needed not in parts:
            _gather(needed, parts)
    parts[name] = f"// {name}\n" + _EXPORT.sub("", _IMPORT.sub("", script))


# onnxruntime-web, which runs networks in browsers: the place of its npm package, and the files taken.
#
#     npm install --ignore-scripts onnxruntime-web
#
# Two of its builds go into a page. The one for WebGPU can run on a CPU as well, at a quarter of the speed of
# the other: measured with 1.30 at 256 pixels, one thread.

PACKAGE = "onnxruntime-web"
# Names the folder of the package, for machines where it lies somewhere else.
VARIABLE = "ADA_TF_ONNXRUNTIME_WEB"
_OLDEST = (1, 24)  # the first whose build for WebGPU runs in every browser that has it
_MOST = 2**27  # bytes of a file; the largest has 27 MB
_ADVICE = f"install it here with npm install --ignore-scripts {PACKAGE}"


class Build(NamedTuple):
    """One of its builds.

    Attributes:
        script: name of the module.
        binary: name of the WebAssembly that it loads.
    """

    script: str
    binary: str


BUILDS = {
    "wasm": Build("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"),
    "webgpu": Build("ort.webgpu.bundle.min.mjs", "ort-wasm-simd-threaded.asyncify.wasm"),
}


class Runtime(NamedTuple):
    """Files of onnxruntime-web, and its version.

    Attributes:
        version: such as "1.30.0".
        builds: name of `BUILDS` -> contents of its files.
    """

    version: str
    builds: dict[str, Build]


def find_runtime(given=None, beside=()) -> pathlib.Path:
    """The folder of the package.

    Args:
        given: the folder, or one that holds its node_modules; None looks in the folder that the environment
            variable `VARIABLE` names, then in node_modules of each of `beside` and above it, as Node does.
        beside: folders.

    Raises:
        UserError: it is not there.
    """
    named = os.environ.get(VARIABLE)
    for name, folder in (("runtime", given), (VARIABLE, named)):
        if folder:
            inner = pathlib.Path(folder) / "node_modules" / PACKAGE
            for path in (pathlib.Path(folder), inner):
                if (path / "package.json").is_file() and (path / "dist").is_dir():
                    return path
            raise UserError(
                f"{name}={printable(folder)!r} must be the folder of {PACKAGE}; {_ADVICE}, then give"
                f" node_modules/{PACKAGE}."
            )
    for start in beside:
        start = pathlib.Path(start).absolute()
        for folder in (start, *start.parents):
            path = folder / "node_modules" / PACKAGE
            if (path / "package.json").is_file():
                return path
    raise UserError(
        f"runtime is missing: pages need {PACKAGE}; {_ADVICE}, or give its folder with --runtime=DIR."
    )


def read_runtime(folder) -> Runtime:
    """The files of the package that pages are made of.

    Args:
        folder: as `find` gives it.

    Raises:
        UserError: it is another package, too old, or damaged.
    """
    folder = pathlib.Path(folder)
    with reading(folder, f"the package {PACKAGE}", _ADVICE):
        about = read_json(folder / "package.json", 2**20)
        version = about.get("version")
        if about.get("name") != PACKAGE or not isinstance(version, str):
            raise ValueError("package.json is of another package")
        numbers = re.match(r"(\d{1,4})\.(\d{1,4})\.", version)
        if numbers is None or tuple(map(int, numbers.groups())) < _OLDEST:
            raise ValueError(f"its version must be {'.'.join(map(str, _OLDEST))} or later")
        builds = {
            name: Build(*(_content(folder / "dist" / file) for file in build))
            for name, build in BUILDS.items()
        }
    return Runtime(re.sub(r"[^\w.-]", "", version)[:32], builds)


def _content(path) -> bytes:
    with open_regular(path, _MOST) as file:
        return file.read()


# The page.
#
#     ada-export runs/00000-photos-auto --format=web --out=faces.html
#
# Opened from a disk, without a network, it makes pictures from seeds, mixes and steers them. Networks and the
# runtime lie in it as base64 of gzip, which browsers unpack, in blocks that are no scripts. Its Content-
# Security-Policy lets it run the scripts that are in it, told by their SHA-256, and what it makes of its own
# blocks, and ask for nothing: no address, no picture, no form. In a folder, for its own files.

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
    found = read_runtime(runtime)
    mark = Mark(network=name_of(name), sha256=hash_of(generator))
    about |= {
        "name": name,
        "truncation": truncation,
        "ada_tf": __version__,
        "runtime": found.version,
        "mark": mark.xmp().decode(),
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
        with replacing(path, overwrite) as temporary:
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
    with new_folder(path, False, FolderKind("a page", INDEX)) as written:
        for name, content in parts.items():
            (written / f"{name}.gz.bin").write_bytes(_packed(content))
        (written / INDEX).write_text(_page(about, {}), encoding="utf-8")
    return path


def _page(about: dict, parts: Mapping[str, bytes]) -> str:
    """The page, with `parts` inside; without them it asks for them beside itself."""
    script, style = joined_scripts("main.js"), _web_text("style.css")
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
        _block("worker", "text/plain", joined_scripts("worker.js")),
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
    first, *rest = _web_text("page.html").split("<!--{")
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
