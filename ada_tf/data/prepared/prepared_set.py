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
from ada_tf.data.array_picture import as_numpy_file
from ada_tf.data.prepared import index, label_file, manifest
from ada_tf.data.prepared.key import cache_key
from ada_tf.data.prepared.manifest import Manifest
from ada_tf.data.sources.labels import pack
from ada_tf.data.sources.source import PREPARED, Entry, Source
from ada_tf.data.stored import Stored
from ada_tf.data.stores import Damaged, RecordImages
from ada_tf.errors import UserError
from ada_tf.label_space import NO_LABELS, LabelSpace
from ada_tf.locks import Share

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
    index.write(folder, rows)
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
    with _damage(folder, index.FILE):
        rows = index.read(folder, sizes, len(record.classes), manifest.MAX_HASHED)
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
        with _damage(folder, label_file.FILE):
            labels = label_file.read(folder, len(rows), space.label_dim)
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
