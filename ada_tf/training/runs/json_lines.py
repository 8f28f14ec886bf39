"""Files of JSON lines beside a run, such as stats.jsonl: one event a line, in the order of the run.

A killed run repeats the images behind its newest checkpoint. `keep` removes their first records when
the run starts, so that a file holds each event once.
"""

import errno
import json
import os
import pathlib
import sys
from collections.abc import Callable

from ada_tf import files

_MOST_KIMG = 1e9  # a million million images


def append(path, record: dict) -> None:
    """Add one complete line, or nothing.

    Raises:
        OSError: it cannot be written, or the path is a link or a pipe.
    """
    # Unbuffered: the line goes out in one write.
    with open(path, "a+b", buffering=0, opener=files.open_own) as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(end - 1, 0))
        cut = file.read(1) not in (b"", b"\n")  # a crash has cut the last line short
        line = b"\n" * cut + json.dumps(record).encode() + b"\n"
        try:
            if file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            file.truncate(end)
            if not end:
                os.unlink(path)
            raise


def read(path, most: int | None = None) -> list[dict]:
    """Read the records of a file; lines that are no JSON objects, such as a cut one, are skipped.

    Args:
        path: of the file; [] without one.
        most: of a file with more lines, about so many are read, at equal steps; None reads all.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        return []
    found = []
    with files.open_regular(path, files.MAX_JSON) as file:
        lines = file.read().splitlines()
    for line in lines[:: max(1, len(lines) // most) if most else 1]:
        try:
            record = json.loads(line.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            found.append(record)
    return found


def number(
    value, least: float = -sys.float_info.max, most: float = sys.float_info.max
) -> float | None:
    """Return a number of a record, which may hold anything; None of what is no number in the bounds."""
    if type(value) not in (int, float):
        return None
    try:
        found = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return None
    return found if least <= found <= most else None  # NaN and infinity are not


def images_of(kimg) -> int | None:
    """Return the image counter that a record names in thousands; None of what can be none."""
    found = number(kimg, 0, _MOST_KIMG)
    return None if found is None else round(found * 1000)


def keep(path, wanted: Callable[[dict], bool]) -> None:
    """Remove unwanted records and lines that are no records; a missing file stays missing."""
    path = pathlib.Path(path)
    if not path.is_file():
        return
    kept = "".join(json.dumps(record) + "\n" for record in read(path) if wanted(record))
    if kept != path.read_text(encoding="utf-8", errors="replace"):
        files.write_text(path, kept)
