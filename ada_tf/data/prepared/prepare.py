"""Preparation, once: any source -> a TFDS data set of PNG images, all of one shape.

The result opens without the source, here and with `tfds.builder_from_directory`. One that is
damaged is made again.
"""

import contextlib
import dataclasses
import os
import pathlib
import shutil
import time

from ada_tf import files
from ada_tf.data.crop import Fit
from ada_tf.data.decoding import Failed
from ada_tf.data.prepared import data_report, records
from ada_tf.data.prepared import prepared_set as prepared
from ada_tf.data.prepared.cache import alone, remove_unfinished, work_folder
from ada_tf.data.prepared.manifest import cache_key
from ada_tf.data.prepared.prepared_set import Prepared
from ada_tf.data.prepared.transform import transform_all
from ada_tf.data.sources.folders_and_archives import KINDS
from ada_tf.data.sources.source import Source
from ada_tf.data.stored import Stored
from ada_tf.data.stores import Damaged
from ada_tf.errors import UserError
from ada_tf.files import printable


def prepare(
    source: Source,
    shape: Stored,
    fit: Fit,
    folder: pathlib.Path,
    log,
    thorough: bool = False,
) -> Prepared:
    """Decode, fit and write all images of a source, or find that it has been done.

    Broken images are left out and listed in `data_report.txt` inside the result.

    Args:
        source: the images.
        shape: their common one, and the bits of their numbers.
        fit: how they come to it.
        folder: where prepared data sets are kept.
        log: called with one line for the user.
        thorough: look at every image of what has been prepared before.

    Returns:
        What has been prepared.

    Raises:
        UserError: not one image can be read, or the result cannot be written.
    """
    key = cache_key(source, shape.resolution, shape.channels, *dataclasses.astuple(fit))
    target = folder / f"{source.name}-{shape}-{key}"
    if not thorough:
        with contextlib.suppress(Damaged):
            return _prepared_before(target, log)
    with files.writing(target), alone(target, log) as lock:
        try:
            return _prepared_before(target, log, thorough)
        except Damaged as damage:
            if target.exists():
                log(f"data: {target} is damaged ({damage.why}); preparing it again")
                shutil.rmtree(target)
        remove_unfinished(target, lock)
        _prepare(source, shape, fit, target, log)
        return prepared.read(target)


def _prepared_before(target: pathlib.Path, log, thorough: bool = False) -> Prepared:
    found = prepared.read(target)
    if thorough:
        prepared.verify(found)
    log(f"data: prepared before, in {target}")
    return found


def _prepare(source: Source, shape: Stored, fit: Fit, target: pathlib.Path, log) -> None:
    """Write everything beside its place and move it there when it is complete."""
    start = time.monotonic()
    tally = data_report.Tally(source, shape, fit)
    with work_folder(target) as work:
        with records.Writer(work, source, shape) as writer:
            _write_all(source, tally, writer)
        if not tally.kept:
            rescued = target.with_name(f"{target.name}-{data_report.FILE}")
            tally.write(rescued)
            example = f", such as {tally.broken_example()}" if tally.broken else ""
            raise UserError(
                f"data={source.name!r}: none of its {source.size} images can be read{example}; the "
                f"reasons are in {rescued}."
            )
        tally.write(work / data_report.FILE)
        data_report.write_remarks(work, tally.remarks())
        prepared.write(work, source, shape, writer.index(), writer.fingerprint())
        work.chmod(0o755)  # it was made for nobody else to see
        _publish(work, target)
    log(
        f"data: prepared {len(tally.kept)} of {source.size} images at {shape} in"
        f" {time.monotonic() - start:.1f} s{tally.others()}; see {printable(target / data_report.FILE)}"
    )


def _write_all(source: Source, tally: data_report.Tally, writer: records.Writer) -> None:
    """Write all images, but of files with the same bytes and the same label the first only."""
    seen, shown = {}, {}
    for entry, result in transform_all(source, tally.shape, tally.fit):
        if isinstance(result, Failed):
            tally.skipped.append((entry.name, result.why))
            continue
        # Data sets stay as they were published.
        is_file = source.kind in KINDS
        same = (result.content, entry.label) if is_file else entry.name
        first = seen.setdefault(same, entry.name)
        if first != entry.name:
            tally.duplicates.append((entry.name, first))
            continue
        twin = shown.setdefault((result.pixels, entry.label), entry.name)
        if twin != entry.name:  # copies in another format, say; not sure enough to leave one out
            tally.twins.append((entry.name, twin))
        tally.kept.append((entry.name, result.changes))
        writer.add(entry, result)


def _publish(work: pathlib.Path, target: pathlib.Path) -> None:
    """Move the finished directory into place; without locks another process may be faster."""
    try:
        os.replace(work, target)
    except OSError:
        if not target.is_dir():
            raise
