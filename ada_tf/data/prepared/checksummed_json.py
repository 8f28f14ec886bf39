"""JSON files that notice if a single character of what they say has changed."""

import hashlib
import json
import pathlib

from ada_tf import files

_SEAL = "sha256"


def write(path: pathlib.Path, record: dict) -> None:
    """Write a record and its hash, in one piece."""
    sealed = {**record, _SEAL: _hash(record)}
    files.write_text(path, json.dumps(sealed, indent=1, sort_keys=True) + "\n")


def read(path: pathlib.Path, max_bytes: int) -> dict:
    """Read what `write` has written.

    Raises:
        OSError, ValueError, RecursionError: it cannot be read, or is not what was written.
    """
    record = files.read_json(path, max_bytes)
    seal = record.pop(_SEAL, None)
    if seal != _hash(record):
        raise ValueError("does not say what was written")
    return record


def _hash(record: dict) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
