"""Scores as lines: for people, and as metric-<name>.jsonl beside the run."""

import json
import pathlib
import time

from ada_tf.errors import UserError
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
    try:
        with open(path, "a") as file:
            file.write(json.dumps(line) + "\n")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error


def read(run_dir, name: str) -> list[dict]:
    """All lines of a metric so far; a line that a crash cut short is left out."""
    path, lines = metric_file(run_dir, name), []
    if path.is_file():
        for text in path.read_text().splitlines():
            try:
                lines.append(json.loads(text))
            except json.JSONDecodeError:
                continue
    return lines


def describe(score: Score) -> str:
    """The line for people: "fid50k_full 12.3456 (3m 20s)"."""
    values = "  ".join(f"{name} {value:.6g}" for name, value in score.results.items())
    return f"{values}  ({format_time(score.seconds)})"
