"""Prepared directories that somebody made to do harm, with hashes that are right: see `hostile`."""

import functools
import hashlib
import io
import pathlib
import shutil
import struct
import zlib

import numpy as np

from ada_tf.data import DataConfig, open_dataset
from ada_tf.data.prepared import checksummed_json, manifest, prepared_set
from tests.data import samples
from tests.data.hostile import SIDE
from tests.data.hostile import row as enter

ROWS = {}
row = functools.partial(enter, rows=ROWS)


def made(folder) -> pathlib.Path:
    """A sound prepared set of three images in two classes."""
    source = samples.folder(folder / "pets", ["cat/0.png", "cat/1.png", "dog/2.png"])
    config = DataConfig(str(source), resolution=SIDE, cache_dir=str(folder / "cache"))
    open_dataset(config, samples.quiet)
    (found,) = [path for path in (folder / "cache").iterdir() if path.is_dir()]
    moved = shutil.move(found, folder / "prepared")
    shutil.rmtree(folder / "cache")
    return pathlib.Path(moved)


def says(found, shape=None, **changes) -> pathlib.Path:
    """Write a manifest that says something else, with a hash that is right."""
    path = found / manifest.FILE
    record = checksummed_json.read(path, 2**20)
    for name in record["files"]:
        if (found / name).is_file():
            content = (found / name).read_bytes()
            record["files"][name]["bytes"] = len(content)
            if "sha256" in record["files"][name]:
                record["files"][name]["sha256"] = hashlib.sha256(content).hexdigest()
    record["shape"] |= shape or {}
    checksummed_json.write(path, {**record, **changes})
    return found


DAMAGED = r"prepared is damaged \(prepared\.json: "


@row(DAMAGED, {"shape": {"height": 2**40, "width": 2**40}})
@row(DAMAGED, {"shape": {"height": 2**15, "width": 2**15}})
@row(DAMAGED, {"shape": {"height": -16, "width": -16}})
@row(DAMAGED, {"shape": {"height": 0, "width": 0}})
@row(DAMAGED, {"shape": {"height": 17, "width": 17}})
@row(DAMAGED, {"shape": {"height": True, "width": True}})
@row(DAMAGED, {"shape": {"height": "16", "width": "16"}})
@row(DAMAGED, {"shape": {"height": None, "width": None}})
@row(r"tfrecord-00000: image \d has another size", {"shape": {"height": 2**12, "width": 2**12}})
@row(DAMAGED, {"shape": {"channels": 65}})
@row(DAMAGED, {"shape": {"channels": 0}})
@row(DAMAGED, {"shape": {"bits": 12}})
@row(DAMAGED, {"shape": {"bits": True}})
@row(DAMAGED, {"shape": {"more": 1}})
@row("an image cannot be decoded", {"shape": {"channels": 2}})
@row(r"tfrecord-00000: image \d has another size", {"shape": {"channels": 5}})
@row(DAMAGED, {"shape": {"channels": [3]}})
@row(DAMAGED, {"shape": {"channels": True}})
@row(3, {"shape": {"channels": 1}})
@row(DAMAGED, {"classes": 7})
@row(r"damaged \(index\.npy: names classes that are not there", {"classes": []})
@row(DAMAGED, {"classes": [1, 2]})
@row(DAMAGED, {"attributes": 7})
@row(DAMAGED, {"attributes": [7]})
@row(DAMAGED, {"attributes": ["x", "x"]})
@row(DAMAGED, {"attributes": [str(n) for n in range(5000)]})
@row(r"damaged \(labels\.npy: No such file", {"attributes": ["x"]})
@row(DAMAGED, {"classes": ["x"] * 100_001})
@row(DAMAGED + "there are up to 100000 classes", {"classes": [str(n) for n in range(100_001)]})
@row(3, {"classes": [str(n) for n in range(100_000)]})
@row(r"damaged \(index\.npy: names classes that are not there", {"classes": ["x"]})
@row(DAMAGED, {"name": "../../outside"})
@row(DAMAGED, {"name": "x" * 1000})
@row(DAMAGED, {"name": "a\nb"})
@row(DAMAGED, {"name": 7})
@row(DAMAGED, {"origin": None})
@row("cannot be read as the origin of a prepared set", {"origin": {}})
@row(
    "cannot be read as the origin of a prepared set",
    {"origin": {"kind": "x", "path": "/", "split": "train", "key": ""}},
)
@row(3, {"origin": {"kind": "folder", "path": "/proc", "split": "train", "key": ""}})
@row(3, {"origin": {"kind": "folder", "path": "/usr", "split": "train", "key": ""}})
@row(3, {"origin": {"kind": "zip", "path": "/dev/zero", "split": "train", "key": ""}})
@row(3, {"origin": {"kind": "tfds", "path": "/", "split": 7, "key": ""}})
@row(DAMAGED, {"files": {"../outside": {"bytes": 1}}})
@row(DAMAGED, {"files": {"/etc/passwd": {"bytes": 1}}})
@row(DAMAGED, {"files": {".": {"bytes": 1}}})
@row(DAMAGED, {"files": {"": {"bytes": 1}}})
@row(DAMAGED, {"files": ["index.npy"]})
@row(r"damaged \(index\.npy", {"files": {}})
@row(r"damaged \(index\.npy: is not what", {"files": {"index.npy": 7}})
@row(r"was written by a newer ada_tf \(1\.0\), this is", {"format": 2**70, "ada_tf": "1.0"})
@row(r"was written by a newer ada_tf \(of unknown version\)", {"format": 99, "ada_tf": 7})
@row("was written by ada_tf 0.1, .*; give the original", {"format": 3, "ada_tf": None})
@row(DAMAGED, {"format": "4"})
@row(DAMAGED, {"format": True})
@row(DAMAGED, {"format": -1})
@row(DAMAGED, {"format": None})
def manifest_that_says(folder, changes):
    return says(made(folder), **changes)


@row(DAMAGED, "{}")
@row(DAMAGED, "[]")
@row(DAMAGED, '{"a":' * 100_000)
@row(DAMAGED, '{"format": 4, "sha256": 7}')
@row(DAMAGED, '{"format": 4, "sha256": "\\ud800"}')
def manifest_that_is(folder, text):
    found = made(folder)
    (found / manifest.FILE).write_text(text)
    return found


INDEX = r"prepared is damaged \(index\.npy: "


@row(INDEX, "offset", -1)
@row(INDEX, "offset", -(2**63))
@row(INDEX, "offset", 2**62)
@row(INDEX, "offset", 2**63 - 1)
@row(INDEX, "length", -1)
@row(INDEX, "length", 2**63 - 1)
@row(INDEX, "shard", 1)
@row(INDEX, "shard", -1)
@row(INDEX, "shard", 2**31 - 1)
@row(INDEX, "label", 2)
@row(INDEX, "label", -2)
@row("image 0 is not what was written", "offset", 0)
@row("image 0 is not what was written", "length", 0)
@row("image 0 is not what was written", "checksum", 7)
@row(3, "label", -1)
def index_that_says(folder, key, value):
    found = made(folder)
    rows = np.load(found / prepared_set.INDEX_FILE)
    rows[key][0] = value
    np.save(found / prepared_set.INDEX_FILE, rows)
    return says(found)


def _header(shape: str) -> bytes:
    """A file of NumPy that says it is so large, and is empty."""
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(1, prepared_set.INDEX_ROW))
    return buffer.getvalue().replace(b"(1,), }" + b" " * len(shape), b"(%s), }" % shape.encode())


@row(INDEX, "objects", np.array([{"a": 1}], object))
@row(INDEX, "other columns", np.zeros(3, [("label", "<i4")]))
@row(INDEX, "numbers", np.zeros([3, 5]))
@row(INDEX, "a table", np.zeros([3, 1], prepared_set.INDEX_ROW))
@row(INDEX, "no images", np.zeros(0, prepared_set.INDEX_ROW))
@row(INDEX, "one number", np.array(7))
@row(INDEX, "a giant", _header("1099511627776,"))
@row(INDEX, "a giant of negative size", _header("-1,"))
@row(INDEX, "code", b"\x93NUMPY\1\0\x30\0__import__('os').system('true')" + b" " * 20)
@row(INDEX, "bytes", b"\x80\4c")
@row(INDEX, "a zip file", b"PK\5\6" + bytes(18))
def index_that_is(folder, kind, content):
    found = made(folder)
    if isinstance(content, np.ndarray):
        buffer = io.BytesIO()
        np.save(buffer, content, allow_pickle=True)
        content = buffer.getvalue()
    (found / prepared_set.INDEX_FILE).write_bytes(content)
    return says(found)


def _png(width: int, height: int, body: bytes) -> bytes:
    """An image that says it has this size."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", body)]
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@row("image 0 has another size", _png(30_000, 30_000, zlib.compress(bytes(10**7))))
@row("image 0 has another size", _png(2**31 - 1, 2**31 - 1, b""))
@row("image 0 has another size", b"GIF89a" + bytes(100))
@row("image 0 has another size", b"")
@row("an image cannot be decoded", _png(SIDE, SIDE, b""))
@row("an image cannot be decoded", _png(SIDE, SIDE, zlib.compress(bytes(10))))
@row("an image cannot be decoded", _png(SIDE, SIDE, b"\xff" * 100))
def picture_that_is(folder, content):
    """The first image is something else, with a checksum that is right."""
    found = made(folder)
    (records,) = found.glob("*.tfrecord-*")
    rows = np.load(found / prepared_set.INDEX_FILE)
    digest = hashlib.sha256(content).digest()
    rows[0] = (0, 0, records.stat().st_size, len(content), int.from_bytes(digest[:8], "little"))
    records.write_bytes(records.read_bytes() + content)
    np.save(found / prepared_set.INDEX_FILE, rows)
    return says(found)


@row("is not what was written")
def records_are_a_link_to_another_file(folder):
    found = made(folder)
    (records,) = found.glob("*.tfrecord-*")
    size = records.stat().st_size
    records.unlink()
    (folder / "secret").write_bytes(b"x" * size)
    records.symlink_to(folder / "secret")
    return says(found)
