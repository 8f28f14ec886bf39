"""Scores as lines: for people, and as metric-<name>.jsonl beside the run."""

import errno
import json
import os
import pathlib
import time

from ada_tf.files import MAX_JSON, open_regular, reading, writing
from ada_tf.metrics.evaluate import Score
from ada_tf.training.ticks import format_time


def record(score: Score, snapshot=None, run_dir=None, devices: int = 0) -> dict:
    """The line of a metric file.

    Args:
        score: what was measured.
        snapshot: checkpoint or folder that was scored.
        run_dir: the snapshot's path is given relative to this folder.
        devices: GPUs that were used.

    Returns:
        JSON values: results, metric, total_time (seconds), total_time_str, num_gpus, snapshot_pkl,
        timestamp (seconds since 1970), protocol.
    """
    if snapshot is not None and run_dir is not None:
        snapshot = pathlib.Path(snapshot).resolve()
        base = pathlib.Path(run_dir).resolve()
        snapshot = snapshot.relative_to(base) if snapshot.is_relative_to(base) else snapshot
    return {
        "results": score.results,
        "metric": score.metric.name,
        "total_time": score.seconds,
        "total_time_str": format_time(score.seconds),
        "num_gpus": devices,
        # The name that readers of such files know, whatever the snapshot's format.
        "snapshot_pkl": None if snapshot is None else str(snapshot),
        "timestamp": time.time(),
        "protocol": score.protocol,
    }


def metric_file(run_dir, name: str) -> pathlib.Path:
    """Where the lines of a metric go."""
    return pathlib.Path(run_dir) / f"metric-{name}.jsonl"


def append(run_dir, line: dict) -> None:
    """Add a line to the metric's file of a run.

    Raises:
        UserError: the folder cannot be written.
    """
    path = metric_file(run_dir, line["metric"])
    with writing(path), open(path, "ab", buffering=0, opener=_open_own) as file:
        before = file.tell()
        # A line that a crash has cut short stays alone.
        data = (b"" if _ends_in_newline(path) else b"\n") + json.dumps(line).encode() + b"\n"
        try:
            if file.write(data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            file.truncate(before)
            raise


def _open_own(path, flags) -> int:
    """Open a file of a run; no pipe, which would wait, and no link, which may lead anywhere."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)


def _ends_in_newline(path) -> bool:
    """Whether a file is empty or its last line is complete."""
    with open_regular(path) as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"


def read(run_dir, name: str) -> list[dict]:
    """All lines of a metric so far; a line that a crash cut short is left out.

    Raises:
        UserError: there is something by this name that is no file of lines.
    """
    path, lines = metric_file(run_dir, name), []
    if not path.exists():
        return lines
    with reading(path, "a metric file"), open_regular(path, MAX_JSON) as file:
        for text in file:
            try:
                line = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(line, dict) and isinstance(line.get("results"), dict):
                lines.append(line)
    return lines


def describe(score: Score) -> str:
    """The line for people: "fid50k_full 12.3456 (3m 20s)"."""
    values = "  ".join(f"{name} {value:.6g}" for name, value in score.results.items())
    return f"{values}  ({format_time(score.seconds)})"
