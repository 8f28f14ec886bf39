"""Files of JSON lines beside a run, such as stats.jsonl: one line an event, in the order of the run.

A run that was killed goes on from a checkpoint and lives through some images again. What it wrote
of them the first time is taken out when it starts, so that a file holds each event once.
"""

import json
import pathlib
from collections.abc import Callable

from ada_tf import files


def append(path, record: dict) -> None:
    """Add one line."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def read(path) -> list[dict]:
    """The records of a file; lines that are no JSON objects, such as a cut one, are passed over."""
    path = pathlib.Path(path)
    if not path.is_file():
        return []
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
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
