"""Scores as lines: for people, and as metric-<name>.jsonl beside the run."""

import pathlib
import time

from ada_tf.files import writing
from ada_tf.metrics.evaluator import Score
from ada_tf.training.callbacks.status import format_time
from ada_tf.training.runs import lines


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
    with writing(path):
        lines.append(path, line)


def read(run_dir, name: str) -> list[dict]:
    """All lines of a metric so far; a line that a crash cut short is left out."""
    return lines.read(metric_file(run_dir, name))


def forget_after(run_dir, name: str, images: int) -> None:
    """Take out what training, and not ada-evaluate, has scored after so many images."""
    path = metric_file(run_dir, name)
    with writing(path):
        lines.keep(path, lambda line: images_of(line) is None or images_of(line) <= images)


def images_of(line: dict) -> int | None:
    """The image counter of a line that training wrote; None of others."""
    return round(line["kimg"] * 1000) if "kimg" in line else None


def describe(score: Score) -> str:
    """The line for people: "fid50k_full 12.3456 (3m 20s)"."""
    values = "  ".join(f"{name} {value:.6g}" for name, value in score.results.items())
    return f"{values}  ({format_time(score.seconds)})"
