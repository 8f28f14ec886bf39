"""Preparation, once: any source -> a TFDS data set of square PNG pictures, all of one size.

The result opens without the source, here and with `tfds.builder_from_directory`. One process at a
time prepares it; the others wait and use what it has made. A result that is damaged is made again.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import tempfile
import time
from collections.abc import Iterator

from ada_tf import files
from ada_tf.data import prepared, records, report, sources
from ada_tf.data.prepared import Prepared
from ada_tf.data.scan import Shape
from ada_tf.data.sources import Kind, Source
from ada_tf.data.stores import Damaged
from ada_tf.data.transform import transform_all
from ada_tf.errors import UserError
from ada_tf.locks import Held, Lock

# Folders that a preparation works in: this, the name of what it prepares, "-", random characters.
_UNFINISHED = ".preparing-"

# What the report has to say about a file takes so many bytes at least, 60 in fact. A source with
# more files than that, and some more, has changed; a prepared set of a stranger may name any folder.
_REPORTED_BYTES, _MORE_FILES = 40, 1000


def cache_folder(cache_dir: str | None) -> pathlib.Path:
    """Make sure the folder of prepared data sets exists.

    Raises:
        UserError: it cannot be made.
    """
    folder = pathlib.Path(cache_dir) if cache_dir else files.user_cache() / "datasets"
    try:
        os.fsdecode(folder).encode()  # TensorFlow writes there
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, UnicodeEncodeError) as error:
        raise UserError(
            f"cache_dir={files.printable(folder)!r}: must be a folder that can be written, with a"
            f" name in UTF-8 ({files.cause(error)})."
        ) from error
    return folder


def cache_key(source: Source, *details) -> str:
    """Name what a prepared file depends on: 12 hexadecimal digits."""
    what = [prepared.FORMAT, source.identity, source.class_names, *details]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]


def prepare(
    source: Source,
    shape: Shape,
    resize_filter: str,
    folder: pathlib.Path,
    log,
    thorough: bool = False,
) -> Prepared:
    """Decode, crop, resize and write all pictures of a source, or find that it has been done.

    Broken pictures are left out and listed in `data_report.txt` inside the result.

    Args:
        source: the pictures.
        shape: their common resolution and channels.
        resize_filter: `lanczos` or `box`.
        folder: where prepared data sets are kept.
        log: called with one line for the user.
        thorough: look at every picture of what has been prepared before.

    Returns:
        What has been prepared.

    Raises:
        UserError: not one picture can be read, or the result cannot be written.
    """
    key = cache_key(source, shape.resolution, shape.channels, resize_filter)
    size = f"{shape.resolution}x{shape.resolution}x{shape.channels}"
    target = folder / f"{source.name}-{size}-{key}"
    if not thorough:
        with contextlib.suppress(Damaged):
            return _prepared_before(target, log)
    with files.writing(target), _alone(target, log) as lock:
        try:
            return _prepared_before(target, log, thorough)
        except Damaged as damage:
            if target.exists():
                log(f"data: {target} is damaged ({damage.why}); preparing it again")
                shutil.rmtree(target)
        _remove_unfinished(target, lock)
        _prepare(source, shape, resize_filter, target, log)
    return prepared.read(target)


def warn_if_changed(found: Prepared, log) -> None:
    """Say so if the folder or zip file that a set was prepared from is there, but not as it was."""
    readers = {
        Kind.FOLDER: lambda: sources.from_folder(path, split, reported + _MORE_FILES),
        Kind.ZIP: lambda: sources.from_zip(path, split),
    }
    with files.reading(found.folder / prepared.MANIFEST, "the origin of a prepared set"):
        path, split = pathlib.Path(found.origin["path"]), found.origin["split"]
        reported = (found.folder / report.JSON).stat().st_size // _REPORTED_BYTES
        read = readers.get(Kind(found.origin["kind"]))
        if read is None or not path.exists():
            return
    try:
        same = cache_key(read()) == found.origin["key"]
    except UserError:  # no pictures left, say
        same = False
    if not same:
        path, folder = files.printable(path), files.printable(found.folder)
        log(
            f"Warning: {path} has changed since {folder} was prepared from it; give"
            f" --data={path} to prepare it again."
        )


def _prepared_before(target: pathlib.Path, log, thorough: bool = False) -> Prepared:
    found = prepared.read(target)
    if thorough:
        prepared.verify(found)
    log(f"data: prepared before, in {target}")
    return found


@contextlib.contextmanager
def _alone(target: pathlib.Path, log) -> Iterator[Lock]:
    """Wait until no other process prepares the same set, and keep others out meanwhile."""
    path = _lock_file(target.parent, target.name)
    with contextlib.ExitStack() as stack:
        try:
            lock = stack.enter_context(Lock(path))
        except Held as holder:
            log(f"data: another process is preparing {target} ({holder}); waiting")
            lock = stack.enter_context(Lock(path, wait=True))
        yield lock


def _lock_file(folder: pathlib.Path, name: str) -> pathlib.Path:
    return folder / f".{name}.lock"


def _remove_unfinished(target: pathlib.Path, lock: Lock) -> None:
    """Remove what processes that were killed have left of their preparations.

    Nobody works in a folder whose lock is free; where there are no locks, nothing is known.
    """
    for path in target.parent.glob(f"{_UNFINISHED}*"):
        name = path.name.removeprefix(_UNFINISHED).rpartition("-")[0]
        if name == target.name:
            _remove(path, lock)
            continue
        with contextlib.suppress(Held, OSError), Lock(_lock_file(target.parent, name)) as other:
            _remove(path, other)


def _remove(path: pathlib.Path, lock: Lock) -> None:
    if lock.works:
        shutil.rmtree(path, ignore_errors=True)


def _prepare(source: Source, shape: Shape, resize_filter: str, target: pathlib.Path, log) -> None:
    """Write everything beside its place and move it there when it is complete."""
    start = time.monotonic()
    prefix = f"{_UNFINISHED}{target.name}-"
    work = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    try:
        tally = report.Tally(source, shape, resize_filter)
        with records.Writer(work, source, shape) as writer:
            _write_all(source, tally, writer)
        if not tally.kept:
            rescued = target.with_name(f"{target.name}-{report.FILE}")
            tally.write(rescued)
            raise UserError(
                f"data={source.name!r}: none of its {source.size} pictures can be read; the "
                f"reasons are in {rescued}."
            )
        tally.write(work / report.FILE)
        origin = {
            "kind": source.kind.value,
            "path": str(source.path),
            "split": source.split,
            "key": cache_key(source),
        }
        prepared.write(work, source, shape, writer.index(), writer.fingerprint(), origin)
        work.chmod(0o755)  # mkdtemp keeps others out
        _publish(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    side, channels = shape.resolution, shape.channels
    skipped = f", {tally.broken} skipped" if tally.broken else ""
    copies = f", {len(tally.duplicates)} duplicates left out" if tally.duplicates else ""
    runs = f", {sources.counted_runs(source.runs)} left out" if source.runs else ""
    log(
        f"data: prepared {len(tally.kept)} of {source.size} pictures at {side}x{side}x{channels}"
        f"{skipped}{copies}{runs} in {time.monotonic() - start:.1f} s; see {target / report.FILE}"
    )


def _write_all(source: Source, tally: report.Tally, writer: records.Writer) -> None:
    """Write all pictures, but of files with the same bytes and the same label the first only."""
    seen = {}
    for entry, result in transform_all(source, tally.shape, tally.resize_filter):
        if result.encoded is None:
            tally.skipped.append((entry.name, result.why))
            continue
        # Data sets stay as they were published.
        is_file = source.kind in (Kind.FOLDER, Kind.ZIP)
        same = (result.content, entry.label) if is_file else entry.name
        first = seen.setdefault(same, entry.name)
        if first != entry.name:
            tally.duplicates.append((entry.name, first))
            continue
        tally.kept.append((entry.name, result.changes))
        writer.add(entry, result)


def _publish(work: pathlib.Path, target: pathlib.Path) -> None:
    """Move the finished directory into place; another process may have been faster."""
    try:
        os.replace(work, target)
    except OSError:
        if not target.is_dir():
            raise
