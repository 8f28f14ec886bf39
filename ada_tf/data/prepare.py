"""Preparation, once: any source -> a TFDS data set of square PNG pictures, all of one size.

The result opens without the source, here and with `tfds.builder_from_directory`.
"""

import concurrent.futures
import hashlib
import itertools
import json
import os
import pathlib
import shutil
import tempfile
import time

from ada_tf.data import picture, records, report
from ada_tf.data.scan import Shape, progress
from ada_tf.data.sources import Entry, Source
from ada_tf.errors import UserError

# Encoded pictures in flight, and pictures decoded at the same time: both bound the memory.
_CHUNK = 64
_MAX_THREADS = 16

# Bump when prepared pictures would come out differently.
_VERSION = 1


def cache_folder(cache_dir: str | None) -> pathlib.Path:
    """Make sure the folder of prepared data sets exists.

    Raises:
        UserError: it cannot be made or written.
    """
    if cache_dir is None:
        user_cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
        folder = pathlib.Path(user_cache) / "ada_tf" / "datasets"
    else:
        folder = pathlib.Path(cache_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UserError(
            f"cache_dir={str(folder)!r}: must be a folder that can be written ({error.strerror})."
        ) from error
    return folder


def cache_key(source: Source, *details) -> str:
    """Name what a prepared file depends on: 12 hexadecimal digits."""
    text = json.dumps([_VERSION, source.identity, source.class_names, *details], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def prepare(source: Source, shape: Shape, resize_filter: str, folder: pathlib.Path, log):
    """Decode, crop, resize and write all pictures of a source, or find that it has been done.

    Broken pictures are left out and listed in `data_report.txt` inside the result.

    Args:
        source: the pictures.
        shape: their common resolution and channels.
        resize_filter: `lanczos` or `box`.
        folder: where prepared data sets are kept.
        log: called with one line for the user.

    Returns:
        Path of the prepared directory.

    Raises:
        UserError: not one picture can be read.
    """
    side, channels = shape.resolution, shape.channels
    key = cache_key(source, side, channels, resize_filter)
    target = folder / f"{source.name}-{side}x{side}x{channels}-{key}"
    if target.is_dir():
        log(f"data: prepared before, in {target}")
        return target
    start = time.monotonic()
    work = pathlib.Path(tempfile.mkdtemp(prefix=f".{source.name}-", dir=folder))
    try:
        tally = report.Tally(source=source, shape=shape, resize_filter=resize_filter)
        with records.Writer(work, source, shape) as writer:
            _transform_all(source, tally, writer)
        if not tally.kept:
            rescued = folder / f"{source.name}-{key}-{report.FILE}"
            tally.write(rescued)
            raise UserError(
                f"data={source.name!r}: none of its {source.size} pictures can be read; the "
                f"reasons are in {rescued}."
            )
        tally.write(work / report.FILE)
        work.chmod(0o755)  # mkdtemp keeps others out
        _publish(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    skipped = f", {len(tally.skipped)} skipped" if tally.skipped else ""
    log(
        f"data: prepared {tally.kept} of {source.size} pictures at {side}x{side}x{channels}"
        f"{skipped} in {time.monotonic() - start:.1f} s; see {target / report.FILE}"
    )
    return target


def _transform_all(source: Source, tally: report.Tally, writer: records.Writer) -> None:
    """Transform pictures in threads (PIL lets them run side by side) and write them in order."""
    shape = tally.shape

    def transform(entry: Entry):
        """Return (encoded picture or None, whether it was enlarged or why it is broken)."""
        try:
            with entry.open() as stream, picture.open_picture(stream) as image:
                enlarged = min(image.size) < shape.resolution
                pixels = picture.to_square(
                    image, shape.resolution, shape.channels, tally.resize_filter
                )
        except Exception as error:  # PIL's readers raise anything when a file is broken
            return None, report.reason(error)
        return picture.encode(pixels), enlarged

    entries = iter(source.entries)
    workers = min(_MAX_THREADS, os.cpu_count() or 1)
    with (
        picture.strict(),
        progress(source, "preparing") as bar,
        concurrent.futures.ThreadPoolExecutor(workers) as pool,
    ):
        while chunk := list(itertools.islice(entries, _CHUNK)):
            for entry, (encoded, note) in zip(chunk, pool.map(transform, chunk), strict=True):
                bar.update()
                if encoded is None:
                    tally.skipped.append((entry.name, note))
                    continue
                tally.kept += 1
                tally.enlarged += note
                writer.add(entry, encoded)


def _publish(work: pathlib.Path, target: pathlib.Path) -> None:
    """Move the finished directory into place; another process may have been faster."""
    try:
        os.replace(work, target)
    except OSError:
        if not target.is_dir():
            raise
