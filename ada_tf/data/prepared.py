"""Prepared data sets on disk: what they are made of, and whether they still are.

A prepared set is a TFDS data set with two more files. `index.npy` says where each picture is and
what its checksum is; `prepared.json` says everything else and holds the sizes of all files, the
hashes of the small ones and of itself. The pictures are checked when they are read.
"""

import contextlib
import dataclasses
import hashlib
import io
import os
import pathlib
import re
from collections.abc import Iterator

import numpy as np

from ada_tf import files
from ada_tf.data import sealed
from ada_tf.data.config import MIN_RESOLUTION
from ada_tf.data.labels import MAX_CLASSES
from ada_tf.data.scan import Shape
from ada_tf.data.sources import Entry, Kind, Source, short_name
from ada_tf.data.stores import Damaged, RecordImages
from ada_tf.errors import UserError

# Bump when prepared pictures would come out differently, or their files do.
FORMAT = 3

MANIFEST, INDEX = "prepared.json", "index.npy"
SPLIT = "train"

# One picture of the index: its class or -1, which record file it is in, where, and its checksum.
ROW = np.dtype(
    [("label", "<i4"), ("shard", "<i4"), ("offset", "<i8"), ("length", "<i8"), ("checksum", "<u8")]
)

# The longest part of the manifest are the names of `MAX_CLASSES` classes, of 255 bytes at most.
_MAX_MANIFEST = 2**25

# No preparation makes larger pictures.
_MAX_RESOLUTION = 2**14

# Files that are read as a whole: the index of thirty million pictures is as large.
_MAX_HASHED = 2**30

_RECORDS = re.compile(r"[\w-]+\.tfrecord-\d+")
_PLAIN = re.compile(r"\w[\w.-]*")


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A prepared set.

    Attributes:
        folder: where it is.
        name: of the data set.
        store: its pictures.
        labels: int64 [n] or None.
        class_names: names of the classes; None without labels.
        origin: kind, path, split and cache key of what it was prepared from.
    """

    folder: pathlib.Path
    name: str
    store: RecordImages
    labels: np.ndarray | None
    class_names: list[str] | None
    origin: dict


def is_prepared(folder: pathlib.Path) -> bool:
    """Say whether a folder holds a prepared set."""
    return (folder / MANIFEST).is_file()


def write(folder: pathlib.Path, source: Source, shape: Shape, rows, fingerprint, origin) -> None:
    """Write index and manifest beside all other files, and see all of them onto the disk.

    Args:
        folder: the prepared set, complete but for these.
        source: gives name and classes.
        shape: of all pictures.
        rows: array of `ROW`.
        fingerprint: of all pictures.
        origin: see `Prepared`.
    """
    np.save(folder / INDEX, rows)
    record = {
        "format": FORMAT,
        "name": source.name,
        "resolution": shape.resolution,
        "channels": shape.channels,
        "classes": source.class_names,
        "fingerprint": fingerprint,
        "origin": origin,
        "files": {path.name: _state(path) for path in sorted(folder.iterdir())},
    }
    sealed.write(folder / MANIFEST, record)
    for path in (*folder.iterdir(), folder):
        _sync(path)


def read(folder: pathlib.Path) -> Prepared:
    """Open a prepared set without reading its pictures.

    Raises:
        Damaged: it is not what was written.
        UserError: another version has written it.
    """
    with _damage(folder, MANIFEST):
        record = sealed.read(folder / MANIFEST, _MAX_MANIFEST)
    if record.get("format") != FORMAT:
        raise UserError(
            f"{files.printable(folder)} was prepared by another version of ada_tf; give the"
            " original pictures again."
        )
    with _damage(folder, MANIFEST):
        states = dict(record["files"])
        if not all(_PLAIN.fullmatch(file) for file in states):
            raise ValueError("names files that are not in the folder")
        shape, classes, origin = _shape(record), _classes(record), dict(record["origin"])
        name, fingerprint = _name(record), str(record["fingerprint"])
    for file, state in states.items():
        with _damage(folder, file):
            if _state(folder / file) != state:
                raise ValueError("is not what was written")
    record_files = sorted(file for file in states if _RECORDS.fullmatch(file))
    sizes = np.array([states[file]["bytes"] for file in record_files], np.int64)
    with _damage(folder, INDEX):
        rows = _rows(folder, sizes, len(classes or ()))
    store = RecordImages(
        files=[folder / file for file in record_files],
        shards=rows["shard"],
        offsets=rows["offset"],
        lengths=rows["length"],
        checksums=rows["checksum"],
        resolution=shape.resolution,
        channels=shape.channels,
        fingerprint=fingerprint,
    )
    known = classes is not None and (rows["label"] >= 0).all()
    labels = rows["label"].astype(np.int64) if known else None
    return Prepared(folder, name, store, labels, classes if known else None, origin)


def verify(found: Prepared) -> None:
    """Read every picture.

    Raises:
        Damaged: one is not what was written.
    """
    for item in range(found.store.num_images):
        found.store.encoded(item)


def as_source(found: Prepared) -> Source:
    """The pictures of a prepared set, to be prepared in another shape."""
    labels = None if found.labels is None else found.labels.tolist()
    path = found.folder.resolve()
    return Source(
        kind=Kind.PREPARED,
        name=found.name,
        path=path,
        identity={"path": str(path), "pictures": found.store.fingerprint, "labels": labels},
        entries=_Entries(found.store, labels),
        size=found.store.num_images,
        split=SPLIT,
        class_names=found.class_names,
        notes=(f"the prepared set {files.printable(path)}",),
    )


@dataclasses.dataclass(frozen=True)
class _Entries:
    """The pictures of a prepared set; what is damaged ends the preparation."""

    store: RecordImages
    labels: list[int] | None

    def __iter__(self) -> Iterator[Entry]:
        for item in range(self.store.num_images):
            encoded = self.store.encoded(item)
            yield Entry(
                name=f"picture {item}",
                label=None if self.labels is None else self.labels[item],
                open=lambda encoded=encoded: io.BytesIO(encoded),
            )


@contextlib.contextmanager
def _damage(folder: pathlib.Path, name: str) -> Iterator[None]:
    """Whatever keeps a file from being read means that its set is damaged."""
    try:
        with files.reading(folder / name, "part of a prepared set"):
            yield
    except UserError as error:
        why = f"{files.printable(name)}: {files.cause(error.__cause__)}"
        raise Damaged(folder, why) from error.__cause__


def _state(path: pathlib.Path) -> dict:
    """Size of a file, and its hash if it is none of the large ones."""
    large = _RECORDS.fullmatch(path.name)
    with files.open_regular(path, None if large else _MAX_HASHED) as file:
        state = {"bytes": os.fstat(file.fileno()).st_size}
        if not large:
            found = hashlib.sha256()
            while data := file.read(2**20):
                found.update(data)
            state["sha256"] = found.hexdigest()
    return state


def _name(record: dict) -> str:
    name = record["name"]
    if "/" in name or name != short_name(name):
        raise ValueError("is called what no set is called")
    return name


def _shape(record: dict) -> Shape:
    side, channels = record["resolution"], record["channels"]
    if type(side) is not int or not MIN_RESOLUTION <= side <= _MAX_RESOLUTION or side & (side - 1):
        raise ValueError("the resolution is no power of two")
    if channels not in (1, 3):
        raise ValueError("pictures have 1 or 3 channels")
    return Shape(side, channels)


def _classes(record: dict) -> list[str] | None:
    classes = record["classes"]
    if classes is None:
        return None
    if not (isinstance(classes, list) and 0 < len(classes) <= MAX_CLASSES):
        raise ValueError(f"there are 1 to {MAX_CLASSES} classes")
    if not all(isinstance(name, str) for name in classes):
        raise ValueError("names of classes are text")
    return classes


def _rows(folder: pathlib.Path, sizes: np.ndarray, num_classes: int) -> np.ndarray:
    """The index, every place of which lies inside its file."""
    with files.open_regular(folder / INDEX, _MAX_HASHED) as file:
        rows = np.load(io.BytesIO(file.read()), allow_pickle=False)
    if rows.dtype != ROW or rows.ndim != 1 or not len(rows):
        raise ValueError("is no index of pictures")
    shards, offsets, lengths = rows["shard"], rows["offset"], rows["length"]
    if shards.min() < 0 or shards.max() >= len(sizes) or offsets.min() < 0 or lengths.min() < 0:
        raise ValueError("names places that are not there")
    # Compared so that no sum overflows.
    if (lengths > sizes[shards] - offsets).any():
        raise ValueError("names places behind the end of a file")
    if rows["label"].min() < -1 or rows["label"].max() >= max(num_classes, 1):
        raise ValueError("names classes that are not there")
    return rows


def _sync(path: pathlib.Path) -> None:
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
