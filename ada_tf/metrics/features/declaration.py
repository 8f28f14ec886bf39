"""Declarations of feature networks of your own, read without TensorFlow.

A declaration is a small JSON file beside a network; its preprocessing decides the numbers as much as
the weights do, so both are in the hash that names its metrics, as in kid500_full_x3f2a90bc:

    {"file": "cells.keras", "side": 224, "resize": "bicubic", "range": [-1, 1]}
"""

import dataclasses
import hashlib
import json
import math
import os
import pathlib

from ada_tf.errors import UserError
from ada_tf.files import open_regular, printable, quoted, read_json, reading
from ada_tf.metrics.features import networks

_RESIZES = ("bilinear", "bicubic", "area", "tf1")
COLOURS = {"rgb": 3, "bgr": 3, "grey": 1}
_LAYOUTS = ("NHWC", "NCHW")
_ENDINGS = (".keras", ".onnx")  # of a file; a folder is a SavedModel
_MAX_JSON, _MAX_SIDE, _MAX_FILES = 2**16, 2048, 1000


@dataclasses.dataclass(frozen=True)
class Declaration:
    """A network of the user's, and the form of images it takes.

    Attributes:
        file: a .keras or .onnx file or the folder of a SavedModel; relative to the declaration.
        side: images are resized to side x side.
        resize: "bilinear", "bicubic", "area", or "tf1", bilinear without half-pixel centres.
        antialias: smooth where bilinear or bicubic shrink.
        range: [low, high], values of black and white.
        mean, std: of each channel of pixels in [0, 1], to be taken away and divided by; instead of
            `range`.
        channels: "rgb", "bgr" or "grey".
        layout: "NHWC" or "NCHW".
        output: name or number of the output that is the features; needless where there is one.
        probabilities: the same of class probabilities, for inception scores.
        title: for the protocol; default the name of the file.
        sha256: of all of the above but the title, and of the network's bytes.
    """

    file: str
    side: int
    resize: str = "bilinear"
    antialias: bool = True
    range: tuple[float, float] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    channels: str = "rgb"
    layout: str = "NHWC"
    output: str | int | None = None
    probabilities: str | int | None = None
    title: str = ""
    sha256: str = ""

    @property
    def name(self) -> str:
        """Name in metrics: x and eight digits of the hash."""
        return f"x{self.sha256[:8]}"

    @property
    def end(self) -> str:
        """End of the names of its metrics."""
        return f"_{self.name}"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of its outputs, as of `networks.Network`."""
        if self.probabilities is None:
            return (networks.FEATURES,)
        return networks.FEATURES, networks.PROBABILITIES


def chosen(features):
    """Resolve `--features` to a network: a row, a declaration, or a FeatureNetwork.

    Args:
        features: None, the name of a network of `networks`, the path of a declaration (.json), or
            a FeatureNetwork, or anything with a name, an end and outputs.

    Raises:
        UserError: there is no such network, or the declaration is none.
    """
    if isinstance(features, pathlib.Path) or str(features).endswith(".json"):
        return read(features)
    return networks.network(features) if isinstance(features, str) else features


def meant(name: str, features):
    """Argument of `feature_network.load_network` for a metric's network, after `chosen`."""
    own = features is not None and name == features.name and name not in networks.NETWORKS
    return features if own else name


def read(path) -> Declaration:
    """The declaration of a file.

    Raises:
        UserError: it cannot be read, or a value is none of those listed; naming it.
    """
    path = pathlib.Path(path).expanduser()
    with reading(path, "the declaration of a feature network", also=(RecursionError,)):
        values = read_json(path, _MAX_JSON)
    fields = {f.name for f in dataclasses.fields(Declaration)} - {"sha256"}
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    for name in given:
        if name not in fields:
            _refuse(path, name, given[name], f"is none of {', '.join(sorted(fields))}")
    _check(path, given)
    file = path.parent / given["file"]
    digest = hashlib.sha256(json.dumps({**given, "file": "", "title": ""}, sort_keys=True).encode())
    with reading(file, "a feature network"):
        _add_bytes(digest, file)
    title = given.get("title") or f"{file.name} of {path.name}"
    return Declaration(**{**given, "file": str(file), "title": title}, sha256=digest.hexdigest())


def _check(path, given: dict) -> None:
    """Refuse values that are none of those listed."""
    colours = COLOURS.get(given.get("channels", "rgb"))
    whole = lambda v: type(v) is int  # noqa: E731
    number = lambda v: type(v) in (int, float) and math.isfinite(v)  # noqa: E731
    numbers = lambda v, n: isinstance(v, tuple) and len(v) in n and all(map(number, v))  # noqa: E731
    output = (lambda v: v is None or whole(v) or isinstance(v, str), "a name or a number")
    per_channel = (
        lambda v: v is None or numbers(v, {1, colours}), "a list of one number, or one a channel"
    )  # fmt: skip
    rules = {
        "file": (
            lambda v: isinstance(v, str) and bool(v) and "\0" not in v, "the path of the network"
        ),
        "side": (lambda v: whole(v) and 1 <= v <= _MAX_SIDE, f"a number of 1 to {_MAX_SIDE}"),
        "resize": (lambda v: v in _RESIZES, f"one of {', '.join(_RESIZES)}"),
        "antialias": (lambda v: type(v) is bool, "true or false"),
        "range": (lambda v: v is None or numbers(v, {2}), "[low, high]"),
        "mean": per_channel,
        "std": (lambda v: per_channel[0](v) and 0 not in (v or ()), f"{per_channel[1]}, not 0"),
        "channels": (lambda v: v in tuple(COLOURS), f"one of {', '.join(COLOURS)}"),
        "layout": (lambda v: v in _LAYOUTS, f"one of {', '.join(_LAYOUTS)}"),
        "output": output,
        "probabilities": output,
        "title": (lambda v: isinstance(v, str) and v.isprintable() and len(v) <= 200, "a line"),
    }  # fmt: skip
    for name in ("file", "side"):
        given.setdefault(name, None)
    for name, (right, accepted) in rules.items():
        if name in given and not right(given[name]):
            _refuse(path, name, given[name], f"must be {accepted}")
    normalised = [given.get(name) is not None for name in ("range", "mean", "std")]
    if normalised not in ([True, False, False], [False, True, True]):
        raise UserError(
            f"{printable(path)}: give range, such as [-1, 1] or [0, 255], or mean and std of pixels"
            " in [0, 1]."
        )


def _refuse(path, name, value, why: str):
    raise UserError(f"{printable(path)}: {printable(name)[:40]}={quoted(value)} {why}.")


def _add_bytes(digest, path: pathlib.Path) -> None:
    """Hash a file, or all files of a folder with their names."""
    if path.is_dir():
        files = sorted(pathlib.Path(folder) / n for folder, _, ns in os.walk(path) for n in ns)
        if len(files) > _MAX_FILES:
            raise OSError(None, f"holds more than {_MAX_FILES} files", str(path))
    elif path.suffix.lower() not in _ENDINGS:
        raise ValueError(f"it must be a SavedModel's folder or end in {' or '.join(_ENDINGS)}")
    else:
        files = [path]
    for file in files:
        digest.update(os.fsencode(file.relative_to(path)))
        with open_regular(file) as stream:
            while part := stream.read(2**20):
                digest.update(part)
