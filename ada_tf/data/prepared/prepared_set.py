"""Prepared data sets on disk: what they are made of, and whether they still are.

A prepared set is a TFDS data set with two more files: an index of its images, and a manifest that
holds the sizes of all files, the hashes of the small ones and of itself. The images are checked
when they are read.
"""

import contextlib
import dataclasses
import io
import os
import pathlib
from collections.abc import Iterator

import numpy as np

from ada_tf import files, formats
from ada_tf.channels import are_bands
from ada_tf.data.array_files import as_numpy_file
from ada_tf.data.prepared import manifest
from ada_tf.data.prepared.manifest import MAX_HASHED, Manifest, cache_key
from ada_tf.data.sources.labels import pack
from ada_tf.data.sources.source import PREPARED, Entry, Source
from ada_tf.data.stored import Stored
from ada_tf.data.stores import Damaged, RecordImages
from ada_tf.errors import UserError
from ada_tf.files import open_regular
from ada_tf.label_space import MAX_VALUE, NO_LABELS, LabelSpace
from ada_tf.locks import Share

# The index of a prepared set: where each image is, its class and its checksum.

INDEX_FILE = "index.npy"

# One image: its class or -1, which record file it is in, where its bytes are, their checksum.
INDEX_ROW = np.dtype(
    [("label", "<i4"), ("shard", "<i4"), ("offset", "<i8"), ("length", "<i8"), ("checksum", "<u8")]
)


def _write_index(folder: pathlib.Path, rows: np.ndarray) -> None:
    """Write the index, an array of `ROW`."""
    np.save(folder / INDEX_FILE, rows, allow_pickle=False)


def _read_index(
    folder: pathlib.Path, sizes: np.ndarray, num_classes: int, max_bytes: int
) -> np.ndarray:
    """Read the index; every place that it names is inside a file.

    Args:
        folder: of the prepared set.
        sizes: int64, bytes of each record file.
        num_classes: number of classes; 0 without labels.
        max_bytes: the most it may have.

    Raises:
        OSError, ValueError, MemoryError: it cannot be read, or is no index.
    """
    with open_regular(folder / INDEX_FILE, max_bytes) as file:
        rows = np.load(io.BytesIO(file.read()), allow_pickle=False)
    if rows.dtype != INDEX_ROW or rows.ndim != 1 or not len(rows):
        raise ValueError("is no index of images")
    shards, offsets, lengths = rows["shard"], rows["offset"], rows["length"]
    if shards.min() < 0 or shards.max() >= len(sizes) or offsets.min() < 0 or lengths.min() < 0:
        raise ValueError("names places that are not there")
    # Compared so that no sum overflows.
    if (lengths > sizes[shards] - offsets).any():
        raise ValueError("names places behind the end of a file")
    if rows["label"].min() < -1 or rows["label"].max() >= max(num_classes, 1):
        raise ValueError("names classes that are not there")
    return rows


# The label vectors of a prepared set; class numbers are in its index.

_LABELS_FILE = "labels.npy"


def write_labels(folder: pathlib.Path, vectors: np.ndarray) -> None:
    """Write vectors, float32 [n, label_dim], in the order of the images."""
    np.save(folder / _LABELS_FILE, vectors.astype("<f4"), allow_pickle=False)


def _read_labels(folder: pathlib.Path, count: int, label_dim: int) -> np.ndarray:
    """Read the vectors of `count` images.

    Raises:
        OSError, ValueError, MemoryError: they cannot be read, or are none.
    """
    with open_regular(folder / _LABELS_FILE, MAX_HASHED) as file:
        vectors = np.load(io.BytesIO(file.read()), allow_pickle=False)
    if vectors.dtype != np.dtype("<f4") or vectors.shape != (count, label_dim):
        raise ValueError(f"are no vectors of {label_dim} numbers for {count} images")
    if not (np.abs(vectors) <= MAX_VALUE).all():  # NaN is not
        raise ValueError("holds NaN or numbers that no label has")
    return vectors


SPLIT = "train"


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A prepared set.

    Attributes:
        folder: where it is.
        name: of the data set.
        store: its images.
        labels: class numbers, int64 [n], vectors, float32 [n, label_dim], or None.
        label_space: what they mean; empty without labels.
        origin: see `Manifest`.
    """

    folder: pathlib.Path
    name: str
    store: RecordImages
    labels: np.ndarray | None
    label_space: LabelSpace
    origin: dict


def is_prepared(folder: pathlib.Path) -> bool:
    """Say whether a folder holds a prepared set."""
    return (folder / manifest.FILE).is_file()


def write(
    folder: pathlib.Path, source: Source, shape: Stored, rows: np.ndarray, fingerprint: str
) -> None:
    """Write index and manifest beside all other files, and see all of them onto the disk.

    Args:
        folder: the prepared set, complete but for these.
        source: what it was prepared from.
        shape: of all images.
        rows: array of `index.ROW`.
        fingerprint: of all images.
    """
    _write_index(folder, rows)
    origin = {
        "kind": source.kind,
        "path": str(source.path),
        "split": source.split,
        "key": cache_key(source),
    }
    record = Manifest(
        name=source.name,
        shape=shape,
        classes=list(source.label_space.class_names),
        attributes=list(source.label_space.attributes),
        fingerprint=fingerprint,
        origin=origin,
        files=manifest.states(folder),
    )
    manifest.write(folder, record)
    for path in (*folder.iterdir(), folder):
        _sync(path)


def read(folder: pathlib.Path) -> Prepared:
    """Open a prepared set without reading its images; while its images live, it is in use.

    Raises:
        Damaged: it is not what was written.
        OtherFormat: another version has written it.
    """
    with _damage(folder, manifest.FILE):
        use = Share(folder)  # first: what nobody uses may be deleted at any time
        record = manifest.read(folder)
    for name, state in record.files.items():
        with _damage(folder, name):
            if manifest.state(folder / name) != state:
                raise ValueError("is not what was written")
    sizes = np.array([record.files[name]["bytes"] for name in record.record_files], np.int64)
    with _damage(folder, INDEX_FILE):
        rows = _read_index(folder, sizes, len(record.classes), manifest.MAX_HASHED)
    store = RecordImages(
        files=[folder / name for name in record.record_files],
        shards=rows["shard"],
        offsets=rows["offset"],
        lengths=rows["length"],
        checksums=rows["checksum"],
        stored=record.shape,
        fingerprint=record.fingerprint,
        use=use,
    )
    with contextlib.suppress(OSError):  # of another user: then it is not known when it was used
        os.utime(folder / manifest.FILE)
    labels, space = None, record.label_space
    if space.attributes:
        with _damage(folder, _LABELS_FILE):
            labels = _read_labels(folder, len(rows), space.label_dim)
    elif space.num_classes and (rows["label"] >= 0).all():
        labels = rows["label"].astype(np.int64)
    space = NO_LABELS if labels is None else space
    return Prepared(folder, record.name, store, labels, space, record.origin)


def verify(found: Prepared) -> None:
    """Read every image.

    Raises:
        Damaged: one is not what was written.
    """
    for item in range(found.store.num_images):
        found.store.encoded(item)


def as_source(found: Prepared) -> Source:
    """The images of a prepared set, to be prepared in another shape."""
    labels = None if found.labels is None else found.labels.tolist()
    each = list(map(pack, labels)) if found.label_space.attributes else labels
    path = found.folder.resolve()
    return Source(
        kind=PREPARED,
        name=found.name,
        path=path,
        identity={"path": str(path), "images": found.store.fingerprint, "labels": labels},
        entries=_Entries(found.store, each),
        size=found.store.num_images,
        split=SPLIT,
        label_space=found.label_space,
        notes=(f"the prepared set {files.printable(path)}",),
    )


@dataclasses.dataclass(frozen=True)
class _Entries:
    """The images of a prepared set; what is damaged ends the preparation."""

    store: RecordImages
    labels: list | None

    def __iter__(self) -> Iterator[Entry]:
        for item in range(self.store.num_images):
            encoded = self.store.encoded(item)
            yield Entry(
                name=f"image {item}",
                label=None if self.labels is None else self.labels[item],
                open=lambda encoded=encoded: self._opened(encoded),
            )

    def _opened(self, encoded: bytes) -> io.BytesIO:
        """An image as a file of its own: no other knows of bands in a PNG."""
        if are_bands(self.store.shape.channels):
            encoded = as_numpy_file(self.store.decoded(encoded).numpy())
        return io.BytesIO(encoded)


@contextlib.contextmanager
def _damage(folder: pathlib.Path, name: str) -> Iterator[None]:
    """Whatever keeps a file from being read means that its set is damaged, but for its format."""
    try:
        with files.reading(folder / name, "part of a prepared set"):
            yield
    except formats.OtherFormat:
        raise
    except UserError as error:
        cause = error.__cause__ or error
        raise Damaged(folder, f"{name}: {files.cause(cause)}") from cause


def _sync(path: pathlib.Path) -> None:
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
