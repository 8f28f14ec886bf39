"""The manifest of a prepared set: what it is, and the sizes and hashes of its files."""

import dataclasses
import hashlib
import json
import os
import pathlib
import re

from ada_tf import files, formats
from ada_tf.data.prepared import checksummed_json
from ada_tf.data.sources.labels import MAX_CLASSES
from ada_tf.data.sources.source import Source, short_name
from ada_tf.data.stored import Stored
from ada_tf.errors import UserError
from ada_tf.label_space import LabelSpace

# The key: a short name of everything that a prepared file depends on.

_DIGITS = 12
PATTERN = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")


def cache_key(source: Source, *details) -> str:
    """Name what a prepared file depends on: 12 hexadecimal digits."""
    labels = dataclasses.asdict(source.label_space)
    what = [formats.PREPARED.number, source.identity, labels, *details]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:_DIGITS]


FILE = "prepared.json"

# Files that are hashed, and the index that is read, as a whole: as large as that of thirty million
# images. Record files are larger; their images are checked one by one.
MAX_HASHED = 2**30

# The longest part are the names of `MAX_CLASSES` classes, of 255 bytes at most.
_MAX_BYTES = 2**25

_RECORDS = re.compile(r"[\w-]+\.tfrecord-\d+")
_PLAIN = re.compile(r"\w[\w.-]*")


@dataclasses.dataclass(frozen=True)
class Manifest:
    """Facts of a prepared set: shape, labels, source, and hashes of its files.

    Attributes:
        name: of the data set.
        shape: of its images, with the bits of their numbers.
        classes: names of the classes.
        attributes: names of the attributes.
        fingerprint: of its images.
        origin: kind, path, split and cache key of what it was prepared from.
        files: {"bytes": size, "sha256": hash unless it is a record file} by name.
    """

    name: str
    shape: Stored
    classes: list[str]
    attributes: list[str]
    fingerprint: str
    origin: dict
    files: dict[str, dict]

    @property
    def record_files(self) -> list[str]:
        """Names of the record files, in order."""
        return sorted(name for name in self.files if _RECORDS.fullmatch(name))

    @property
    def label_space(self) -> LabelSpace:
        """Meaning of the labels."""
        return LabelSpace(len(self.classes), tuple(self.classes), tuple(self.attributes))


def states(folder: pathlib.Path) -> dict[str, dict]:
    """Sizes and hashes of all files of a folder, as in `Manifest`."""
    return {path.name: state(path) for path in sorted(folder.iterdir())}


def state(path: pathlib.Path) -> dict:
    """Size of a file, and its hash unless it is a record file."""
    large = _RECORDS.fullmatch(path.name)
    with files.open_regular(path, None if large else MAX_HASHED) as file:
        size = os.fstat(file.fileno()).st_size
        if large:
            return {"bytes": size}
        found = hashlib.sha256()
        while data := file.read(2**20):
            found.update(data)
        return {"bytes": size, "sha256": found.hexdigest()}


def write(folder: pathlib.Path, manifest: Manifest) -> None:
    """Write the manifest of a folder."""
    record = formats.stamped(formats.PREPARED, dataclasses.asdict(manifest))
    checksummed_json.write(folder / FILE, record)


def read(folder: pathlib.Path) -> Manifest:
    """Read the manifest of a folder.

    Raises:
        OtherFormat: another version has written it.
        OSError, ValueError, TypeError, LookupError, RecursionError: it is none.
    """
    record = formats.current(
        formats.PREPARED, checksummed_json.read(folder / FILE, _MAX_BYTES), folder
    )
    _check(record)
    return Manifest(**{**record, "shape": _shape(record["shape"])})


def _shape(record: dict) -> Stored:
    """The shape of a record, which a stranger may have written."""
    try:
        return Stored(**record)
    except UserError as error:
        raise ValueError(str(error)) from error


def _check(record: dict) -> None:
    """Nothing that is used later may surprise: not as a number, nor as the name of a file."""
    name, classes, attributes = record["name"], record["classes"], record["attributes"]
    if "/" in name or name != short_name(name):
        raise ValueError("is called what no set is called")
    if not isinstance(classes, list) or not isinstance(attributes, list):
        raise TypeError("classes and attributes are lists")
    if len(classes) > MAX_CLASSES:
        raise ValueError(f"there are up to {MAX_CLASSES} classes")
    if not all(isinstance(text, str) for text in (*classes, *attributes, record["fingerprint"])):
        raise TypeError("names of classes and attributes are texts")
    problem = LabelSpace(len(classes), tuple(classes), tuple(attributes)).problem()
    if problem is not None:
        raise ValueError(f"its labels {problem}")
    if not all(isinstance(record[key], dict) for key in ("origin", "files")):
        raise TypeError("origin and files are no lists")
    if not all(_PLAIN.fullmatch(file) for file in record["files"]):
        raise ValueError("names files that are not in the folder")
