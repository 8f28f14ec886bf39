"""Decode, crop and resize many images at once, in bounded memory and in their order."""

import concurrent.futures
import contextlib
import hashlib
import itertools
import os
import threading
from collections.abc import Iterator
from typing import NamedTuple

from ada_tf import png
from ada_tf.data import decode
from ada_tf.data.crop import Fit
from ada_tf.data.fitting_costs import Changes, changes_of
from ada_tf.data.prepared import data_report, fingerprint
from ada_tf.data.prepared.choose_shape import progress
from ada_tf.data.sources.source import Entry
from ada_tf.data.stored import Stored

# Encoded images in flight, images decoded at the same time, the pixels these may have
# together (unless one alone has more; PIL refuses above 89 million), and the bytes that zip files
# may be unpacked to (unless one file alone has more): all bound the memory.
_CHUNK, _MAX_THREADS, _MAX_PIXELS, MAX_UNPACKED = 64, 16, 2**26, 2**28

_READ = 2**20  # bytes read at a time


class Result(NamedTuple):
    """One image, or why there is none.

    Attributes:
        encoded: its bytes as PNG, or None.
        why: the reason why there is none.
        changes: what was done to it.
        content: hash of the file it came from.
        pixels: its fingerprint.
    """

    encoded: bytes | None
    why: str = ""
    changes: Changes | None = None
    content: bytes = b""
    pixels: bytes = b""


class Budget:
    """Lets threads in while they need no more than so many units together; one alone always."""

    def __init__(self, units: int):
        self._free = self._units = units
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def taken(self, units: int) -> Iterator[None]:
        """Wait until `units` are free, and keep them meanwhile."""
        units = min(units, self._units)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= units)
            self._free -= units
        try:
            yield
        finally:
            with self._changed:
                self._free += units
                self._changed.notify_all()


def transform_all(source, shape: Stored, fit: Fit) -> Iterator[tuple[Entry, Result]]:
    """Transform a `Source` in threads (PIL lets them run side by side); results come in order."""
    pixels, unpacked = Budget(_MAX_PIXELS), Budget(MAX_UNPACKED)
    entries = iter(source.entries)
    workers = min(_MAX_THREADS, os.cpu_count() or 1)
    with (
        decode.strict(),
        progress(source, "preparing") as bar,
        concurrent.futures.ThreadPoolExecutor(workers) as pool,
    ):

        def one(entry):
            with unpacked.taken(entry.unpacked):
                return _transform(entry, shape, fit, pixels)

        while chunk := list(itertools.islice(entries, _CHUNK)):
            for entry, result in zip(chunk, pool.map(one, chunk), strict=True):
                bar.update()
                yield entry, result


def _transform(entry: Entry, shape: Stored, fit: Fit, budget: Budget) -> Result:
    try:
        with entry.open() as stream:
            content = _digest(stream)
            with decode.open_image(stream) as image:
                needed = image.width * image.height * decode.weight(image, shape, shape.bits)
                with budget.taken(needed):
                    changes = changes_of(image, shape, fit, shape.bits)
                    pixels = decode.to_shape(image, shape, fit, shape.bits)
    except Exception as error:  # PIL's readers raise anything when a file is broken
        return Result(None, why=data_report.reason(error))
    encoded = png.encode(png.folded(pixels))
    return Result(encoded, changes=changes, content=content, pixels=fingerprint.of_image(pixels))


def _digest(stream) -> bytes:
    """Hash of a stream, which is at its beginning again afterwards."""
    found = hashlib.sha256()
    while data := stream.read(_READ):
        found.update(data)
    stream.seek(0)
    return found.digest()
