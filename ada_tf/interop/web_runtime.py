"""onnxruntime-web, which runs networks in browsers: where its npm package lies, and what of it is taken.

    npm install --ignore-scripts onnxruntime-web

Two of its builds go into a page. The one for WebGPU can run on a CPU as well, at a quarter of the speed of
the other: measured with 1.30 at 256 pixels, one thread.
"""

import os
import pathlib
import re
from typing import NamedTuple

from ada_tf.errors import UserError
from ada_tf.files import open_regular, printable, read_json, reading

PACKAGE = "onnxruntime-web"
# Names the folder of the package, for machines where it lies somewhere else.
VARIABLE = "ADA_TF_ONNXRUNTIME_WEB"
OLDEST = (1, 24)  # the first whose build for WebGPU runs in every browser that has it
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
    """What was found.

    Attributes:
        version: such as "1.30.0".
        builds: name of `BUILDS` -> contents of its files.
    """

    version: str
    builds: dict[str, Build]


def find(given=None, beside=()) -> pathlib.Path:
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


def read(folder) -> Runtime:
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
        if numbers is None or tuple(map(int, numbers.groups())) < OLDEST:
            raise ValueError(f"its version must be {'.'.join(map(str, OLDEST))} or later")
        builds = {
            name: Build(*(_content(folder / "dist" / file) for file in build))
            for name, build in BUILDS.items()
        }
    return Runtime(re.sub(r"[^\w.-]", "", version)[:32], builds)


def _content(path) -> bytes:
    with open_regular(path, _MOST) as file:
        return file.read()
