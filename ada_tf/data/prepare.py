"""Preparation, once: any source -> a TFDS data set of square PNG pictures, all of one size.

The result opens without the source, here and with `tfds.builder_from_directory`.
"""

import hashlib
import json
import os
import pathlib
import platform
import shutil
import tempfile
import time

from ada_tf.data import records, report, sources
from ada_tf.data.scan import Shape
from ada_tf.data.sources import Source
from ada_tf.data.transform import transform_all
from ada_tf.errors import UserError

# Bump when prepared pictures would come out differently.
_VERSION = 2

# Folders that a preparation works in, followed by machine and process.
_UNFINISHED = ".preparing-"


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
    _remove_unfinished(folder)
    prefix = f"{_UNFINISHED}{platform.node()}-{os.getpid()}-"
    work = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
    try:
        tally = report.Tally(source, shape, resize_filter, cache_key(source))
        with records.Writer(work, source, shape) as writer:
            _write_all(source, tally, writer)
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
    skipped = f", {tally.broken} skipped" if tally.broken else ""
    copies = f", {len(tally.duplicates)} duplicates left out" if tally.duplicates else ""
    log(
        f"data: prepared {len(tally.kept)} of {source.size} pictures at {side}x{side}x{channels}"
        f"{skipped}{copies} in {time.monotonic() - start:.1f} s; see {target / report.FILE}"
    )
    return target


def warn_if_changed(prepared: pathlib.Path, log) -> None:
    """Say so if the folder or zip file that a set was prepared from is there, but not as it was."""
    path = prepared / report.JSON
    if not path.is_file():
        return
    record = json.loads(path.read_text(encoding="utf-8"))
    source = pathlib.Path(record["source"])
    if record["split"] is None or not source.exists() or records.is_prepared(source):
        return
    read = sources.from_folder if source.is_dir() else sources.from_zip
    try:
        same = cache_key(read(source, record["split"])) == record["key"]
    except UserError:  # no pictures left, say
        same = False
    if not same:
        log(
            f"Warning: {source} has changed since {prepared} was prepared from it; give"
            f" --data={source} to prepare it again."
        )


def _write_all(source: Source, tally: report.Tally, writer: records.Writer) -> None:
    """Write all pictures, but of files with the same bytes and the same label the first only."""
    seen = {}
    for entry, result in transform_all(source, tally.shape, tally.resize_filter):
        if result.encoded is None:
            tally.skipped.append((entry.name, result.why))
            continue
        # TFDS data sets stay as they were published.
        same = (result.content, entry.label) if "files" in source.identity else entry.name
        first = seen.setdefault(same, entry.name)
        if first != entry.name:
            tally.duplicates.append((entry.name, first))
            continue
        tally.kept.append((entry.name, list(result.done)))
        writer.add(entry, result.encoded)


def _remove_unfinished(folder: pathlib.Path) -> None:
    """Remove what processes of this machine that are no more have left of their preparations."""
    prefix = f"{_UNFINISHED}{platform.node()}-"
    for path in folder.glob(f"{prefix}*"):
        pid = path.name.removeprefix(prefix).split("-")[0]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            shutil.rmtree(path, ignore_errors=True)
        except (OSError, ValueError):
            continue  # somebody else's


def _publish(work: pathlib.Path, target: pathlib.Path) -> None:
    """Move the finished directory into place; another process may have been faster."""
    try:
        os.replace(work, target)
    except OSError:
        if not target.is_dir():
            raise
