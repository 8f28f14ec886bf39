"""Decode, crop and resize many pictures at once, in bounded memory and in their order."""

import concurrent.futures
import hashlib
import itertools
import os
import threading
from collections.abc import Iterator
from typing import NamedTuple

from ada_tf.data import picture, report
from ada_tf.data.scan import Shape, progress
from ada_tf.data.sources import Entry

# Encoded pictures in flight, pictures decoded at the same time, and the pixels these may have
# together (unless one alone has more; PIL refuses above 89 million): all bound the memory.
_CHUNK, _MAX_THREADS, _MAX_PIXELS = 64, 16, 2**26

_READ = 2**20  # bytes read at a time


class Result(NamedTuple):
    """One picture: its bytes as PNG, or None and the reason; the hash of the file it came from."""

    encoded: bytes | None
    why: str = ""
    done: list[str] = ()
    content: bytes = b""


class Budget:
    """Lets threads in while they need no more than so many units together; one alone always."""

    def __init__(self, units: int):
        self._free = self._units = units
        self._changed = threading.Condition()

    def take(self, units: int) -> int:
        """Wait for `units`; returns what to give back."""
        units = min(units, self._units)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= units)
            self._free -= units
        return units

    def give(self, units: int) -> None:
        """Give back what `take` returned."""
        with self._changed:
            self._free += units
            self._changed.notify_all()


def transform_all(source, shape: Shape, resize_filter: str) -> Iterator[tuple[Entry, Result]]:
    """Transform a `Source` in threads (PIL lets them run side by side); results come in order."""
    budget = Budget(_MAX_PIXELS)
    entries = iter(source.entries)
    workers = min(_MAX_THREADS, os.cpu_count() or 1)
    with (
        picture.strict(),
        progress(source, "preparing") as bar,
        concurrent.futures.ThreadPoolExecutor(workers) as pool,
    ):
        one = lambda entry: _transform(entry, shape, resize_filter, budget)  # noqa: E731
        while chunk := list(itertools.islice(entries, _CHUNK)):
            for entry, result in zip(chunk, pool.map(one, chunk), strict=True):
                bar.update()
                yield entry, result


def _transform(entry: Entry, shape: Shape, resize_filter: str, budget: Budget) -> Result:
    try:
        with entry.open() as stream:
            content = _digest(stream)
            with picture.open_picture(stream) as image:
                done = picture.changes(image, shape.resolution, shape.channels)
                taken = budget.take(image.width * image.height)
                try:
                    pixels = picture.to_square(
                        image, shape.resolution, shape.channels, resize_filter
                    )
                finally:
                    budget.give(taken)
    except Exception as error:  # PIL's readers raise anything when a file is broken
        return Result(None, why=report.reason(error))
    return Result(picture.encode(pixels), done=done, content=content)


def _digest(stream) -> bytes:
    """Hash of a stream, which is at its beginning again afterwards."""
    found = hashlib.sha256()
    while data := stream.read(_READ):
        found.update(data)
    stream.seek(0)
    return found.digest()
