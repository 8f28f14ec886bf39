"""Export formats of a generator, a row each; imports nothing heavy, for programs."""

import dataclasses
import importlib
import pathlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ada_tf.errors import UserError
from ada_tf.interop.graph_ops import GRAPH
from ada_tf.registry import Registry

# The functions behind the rows are modules of this room; `ada_tf.inference.export` checks the tolerances
# of a row whenever an export is written.
NAMES = ("images", "mapping", "synthesis")  # of functions, see `ada_tf.interop.export.functions`
LEVEL = 2 / 255  # of pictures of 8 bits, in their range of [-1, 1]


class Tolerance(NamedTuple):
    """Largest deviation of pictures from those of the generator, in the range of [-1, 1].

    Attributes:
        largest: of any number of any picture.
        mean: over all of them.
    """

    largest: float
    mean: float


# Sums in another order: 2e-5 at 32 pixels, 1e-4 at 256. An eighth of a level is seen by nobody.
FLOAT32 = Tolerance(LEVEL / 8, LEVEL / 64)
# A weight of 11 bits is off by 1/4096, and styles multiply what is off: 1.4 levels in the worst number
# of 16 pictures of `creatures`, 0.02 in the mean.
FLOAT16 = Tolerance(4 * LEVEL, LEVEL / 4)
# Layers computed in 16 bits, of which bfloat16 keeps 8: a graph rounds elsewhere than it does uncompiled.
BITS16 = Tolerance(32 * LEVEL, 2 * LEVEL)


@dataclasses.dataclass(frozen=True)
class ExportFormat:
    """A format.

    Attributes:
        help: what it is, for --help.
        takes: flags of ada-export that mean something to it.
        weights: in what numbers it may store weights, the default first; () has no choice.
        batch: the number of pictures a call by default; None is any.
        tolerances: weights -> what is accepted; without any it is not compared.
        as_trained: it computes in the numbers of the training, or else in float32; of "16 bits" the
            tolerances have a row.
        writer: module, or its dotted name, of a format that computes elsewhere: `write` makes the
            files, `Runner` runs them, `operators` lists what they consist of. `onnx_file` beside
            this file is an example. Formats without one are written by ada-export itself.
        file: (folder, function of `NAMES`) -> path of the file that holds it; goes with `writer`.
        loading: (folder, z_dim, LabelSpace) -> lines of Markdown for the card, on how to load it;
            None writes none.
        tag: of the card, for hubs.
    """

    help: str
    takes: frozenset[str]
    weights: tuple[str, ...] = ()
    batch: int | None = None
    tolerances: Mapping[str, Tolerance] = dataclasses.field(default_factory=dict)
    as_trained: bool = False
    writer: object | str | None = None
    file: Callable[..., pathlib.Path] | None = None
    loading: Callable[..., list[str]] | None = None
    tag: str = ""

    @property
    def module(self):
        """The writer, which is imported when it is needed."""
        return importlib.import_module(self.writer) if isinstance(self.writer, str) else self.writer


def graph_file(folder: pathlib.Path, function: str = NAMES[0]) -> pathlib.Path:
    """Return the path of a SavedModel's function, which holds all others as well."""
    return folder / GRAPH


def onnx_file(folder: pathlib.Path, function: str = NAMES[0]) -> pathlib.Path:
    """Return the path of a function's ONNX file; that of the images has the plain name."""
    part = "" if function == NAMES[0] else f".{function}"
    return folder / f"{folder.name}{part}.onnx"


def litert_file(folder: pathlib.Path, function: str = NAMES[0]) -> pathlib.Path:
    """Return the path of the LiteRT file, which holds all functions."""
    return folder / f"{folder.name}.tflite"


FORMATS: Registry[ExportFormat] = Registry("export format")


def add_export(name: str, row: ExportFormat) -> ExportFormat:
    """Register an export format, for `ada-export --format=NAME`.

    Its pictures are compared with those of the generator before anything appears, as those of the
    package's own formats are.

    Args:
        name: letters, digits and _.
        row: the format, with a `writer`, `file`, `weights`, and `tolerances` for each of these.

    Raises:
        UserError: the name is taken or malformed, or the row lacks one of them.
    """
    lacking = [part for part in ("writer", "file", "weights") if not getattr(row, part)]
    lacking += [f"tolerances[{w!r}]" for w in row.weights if w not in row.tolerances]
    if lacking:
        raise UserError(f"the export format {name!r} lacks {', '.join(lacking)}; see ExportFormat.")
    return FORMATS.add(name, row)


_LICENCES = frozenset({"licence", "data_licence"})
_CARRIED = frozenset({"weights", "batch", "trunc_towards", "overwrite"}) | _LICENCES
_BOTH = {"float32": FLOAT32, "float16": FLOAT16}

for _name, _row in {
    "savedmodel": ExportFormat(
        "runs where only TensorFlow is installed, and in TensorFlow Serving",
        frozenset({"fp32", "trunc_towards", "overwrite"}) | _LICENCES,
        ("float32",),
        tolerances={"float32": FLOAT32, "16 bits": BITS16},
        as_trained=True,
        writer="ada_tf.interop.export.saved_model",
        file=graph_file,
        tag="tensorflow",
    ),
    "keras": ExportFormat(
        "a folder for model hubs, of which ada_tf makes a Keras model: the averaged generator alone",
        frozenset({"weights"}) | _LICENCES,
        ("float32", "float16"),
        tag="keras",
    ),
    "network": ExportFormat(
        "the same with the discriminator, so that others can --resume from it",
        frozenset({"weights"}) | _LICENCES,
        ("float32", "float16"),
        tag="keras",
    ),
    "onnx": ExportFormat(
        "runs in ONNX Runtime, in browsers and on most accelerators",
        _CARRIED,
        tuple(_BOTH),
        tolerances=_BOTH,
        writer="ada_tf.interop.export.onnx_file",
        file=onnx_file,
        tag="onnx",
    ),
    "litert": ExportFormat(
        "a .tflite for phones and small boards; of one picture a call, if --batch says no other",
        _CARRIED,
        tuple(_BOTH),
        batch=1,
        tolerances=_BOTH,
        writer="ada_tf.interop.export.litert_file",
        file=litert_file,
        tag="tflite",
    ),
    "web": ExportFormat(
        "a page to explore it, with all it needs in one .html file, or in a folder for a web server",
        frozenset({"weights", "trunc_towards", "overwrite", "runtime", "directions"}),
        ("float16", "float32"),
    ),
}.items():
    FORMATS.add(_name, _row)


def takers(flag: str) -> list[str]:
    """Names of the formats that take a flag."""
    return [name for name, row in FORMATS.items() if flag in row.takes]


# Packages that a format needs and ada_tf does without.


def optional_package(name: str, extra: str):
    """Import a package of an extra.

    Args:
        name: as it is imported.
        extra: of ada_tf, which brings it.

    Raises:
        UserError: it is not there.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UserError(
            f"--format={extra} needs the package {error.name or name}; install it with pip install"
            f" 'ada_tf[{extra}]'."
        ) from error
