"""Files of JSON lines beside a run, such as stats.jsonl: one line an event, in the order of the run.

A run that was killed goes on from a checkpoint and lives through some images again. What it wrote
of them the first time is taken out when it starts, so that a file holds each event once.
"""

import errno
import json
import os
import pathlib
from collections.abc import Callable

from ada_tf import files


def append(path, record: dict) -> None:
    """Add one line, whole or not at all.

    Raises:
        OSError: it cannot be written, or the path is no file of the folder it lies in.
    """
    with open(path, "a+b", buffering=0, opener=_open_own) as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(end - 1, 0))
        cut = file.read(1) not in (b"", b"\n")  # a line that a crash has cut short stays alone
        line = b"\n" * cut + json.dumps(record).encode() + b"\n"
        try:
            if file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            file.truncate(end)
            raise


def _open_own(path, flags) -> int:
    """Open a file of a run; no pipe, which would wait, and no link, which may lead anywhere."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)


def read(path) -> list[dict]:
    """The records of a file; lines that are no JSON objects, such as a cut one, are passed over."""
    path = pathlib.Path(path)
    if not path.is_file():
        return []
    found = []
    with files.open_regular(path, files.MAX_JSON) as file:
        text = file.read().decode("utf-8", "replace")
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            found.append(record)
    return found


def keep(path, wanted: Callable[[dict], bool]) -> None:
    """Take out the records that are not wanted, and lines that are none; no file stays none."""
    path = pathlib.Path(path)
    if not path.is_file():
        return
    kept = "".join(json.dumps(record) + "\n" for record in read(path) if wanted(record))
    if kept != path.read_text(encoding="utf-8", errors="replace"):
        files.write_text(path, kept)
