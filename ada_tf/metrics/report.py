"""Scores as lines of metric-<name>.jsonl beside the run."""

import dataclasses
import pathlib
import time

import tensorflow as tf

from ada_tf.files import writing
from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.measures.estimate import Estimate, Scored, best_of, difference, in_words
from ada_tf.metrics.measures.per_class import ClassScore
from ada_tf.training.callbacks.status import format_time
from ada_tf.training.runs import json_lines
from ada_tf.version import __version__


def record(score: Score, snapshot=None, run_dir=None, devices: int | None = None) -> dict:
    """The line of a metric file.

    Args:
        score: the score.
        snapshot: checkpoint or folder that was scored.
        run_dir: the snapshot's path is given relative to this folder.
        devices: GPUs that were used; None are those that TensorFlow sees.

    Returns:
        JSON values: results, errors (standard errors, where they are known), metric, total_time
        (seconds), total_time_str, num_gpus, snapshot_pkl, timestamp (seconds since 1970), protocol,
        and its facts: generated and real (numbers of images, of each reference set), seed,
        network, weights, ada_tf and tensorflow (versions); classes, if they were scored alone.
    """
    if snapshot is not None and run_dir is not None:
        snapshot = pathlib.Path(snapshot).resolve()
        base = pathlib.Path(run_dir).resolve()
        snapshot = snapshot.relative_to(base) if snapshot.is_relative_to(base) else snapshot
    return {
        "results": score.results,
        "errors": score.errors,
        "metric": score.metric.name,
        "total_time": score.seconds,
        "total_time_str": format_time(score.seconds),
        "num_gpus": len(tf.config.list_physical_devices("GPU")) if devices is None else devices,
        # The name that readers of such files know, whatever the snapshot's format.
        "snapshot_pkl": None if snapshot is None else str(snapshot),
        "timestamp": time.time(),
        "protocol": score.protocol,
        **score.details,
        **({"classes": list(map(_class, score.classes))} if score.classes else {}),
        "ada_tf": __version__,
        "tensorflow": tf.__version__,
    }


def _class(found) -> dict:
    estimates = found.estimates or ()
    return {
        "label": found.label,
        "real": found.real,
        "generated": found.fake,
        "results": [estimate.value for estimate in estimates],
        "errors": [estimate.error for estimate in estimates],
    }


def _metric_file(run_dir, name: str) -> pathlib.Path:
    """Path of the lines of a metric."""
    return pathlib.Path(run_dir) / f"metric-{name}.jsonl"


def append(run_dir, line: dict) -> None:
    """Add a line to the metric's file of a run.

    Raises:
        UserError: the folder cannot be written.
    """
    path = _metric_file(run_dir, line["metric"])
    with writing(path):
        json_lines.append(path, line)


def read(run_dir, name: str) -> list[dict]:
    """All lines of a metric so far; a line that a crash cut short is left out."""
    return json_lines.read(_metric_file(run_dir, name))


def forget_after(run_dir, name: str, images: int) -> None:
    """Remove scores of training, not of ada-evaluate, after so many images."""
    path = _metric_file(run_dir, name)
    with writing(path):
        json_lines.keep(path, lambda line: images_of(line) is None or images_of(line) <= images)


def images_of(line: dict) -> int | None:
    """The image counter of a line that training wrote; None of others."""
    return json_lines.images_of(line.get("kimg"))


def seconds(run_dir, names) -> list[float]:
    """Return the seconds of each scoring of training, of several metrics together, in their order."""
    found = {}
    for name in names:
        for line in read(run_dir, name):
            took = json_lines.number(line.get("total_time"), 0)
            if None not in (images_of(line), took):
                found[images_of(line)] = found.get(images_of(line), 0.0) + took
    return [found[images] for images in sorted(found)]


def estimate_of(line: dict, key: str) -> Estimate | None:
    """A score of a line and its error; None of a line without such a number."""
    results, errors = line.get("results"), line.get("errors")
    value = json_lines.number(results.get(key)) if isinstance(results, dict) else None
    if value is None:
        return None
    return Estimate(
        value, json_lines.number(errors.get(key), 0) if isinstance(errors, dict) else None
    )


def _scored_by_training(run_dir, metric, until: int) -> list[Scored]:
    """The scores that training, and not ada-evaluate, has made up to so many images."""
    found = []
    for line in read(run_dir, metric.name):
        images, estimate = images_of(line), estimate_of(line, metric.keys[0])
        if None not in (images, estimate) and images <= until:
            found.append(Scored(images, estimate))
    return found


def best_of_training(run_dir, metric, until: int) -> int | None:
    """After how many images training scored best, see `best.best_of`; None without scores."""
    best = best_of(_scored_by_training(run_dir, metric, until), metric.kind.higher_is_better)
    return None if best is None else best.images


def describe_score(score: Score) -> str:
    """The line for people: "kid1k_held_lite0 0.0123 +- 0.0021  (3m 20s)"."""
    values = "  ".join(
        f"{name} {in_words(Estimate(value, score.errors.get(name)))}"
        for name, value in score.results.items()
    )
    return f"{values}  ({format_time(score.seconds)})"


def describe_class(found: ClassScore) -> str:
    """The line of one class."""
    counts = f"class {found.label}: {found.fake} generated and {found.real} real images"
    if found.estimates is None:
        return f"{counts}, too few"
    return f"{counts}, {', '.join(map(in_words, found.estimates))}"


def describe_gap(name: str, gap: Estimate) -> str:
    """The line for people."""
    return f"{name}: held-out minus training {in_words(gap)}"


def gaps(scores: list[Score]) -> dict[str, Estimate]:
    """Held-out minus training score, of metrics that were scored against both.

    It is zero for a generator that is as near to unseen images as to its training images, and positive
    for one that memorises.

    Returns:
        Name of the metric against held-out images -> the difference.
    """
    twins = {
        _without_reference(s.metric): s for s in scores if s.metric.references == ("training",)
    }
    found = {}
    for score in scores:
        twin = twins.get(_without_reference(score.metric))
        if score.metric.references == ("held_out",) and twin is not None:
            found[score.metric.name] = difference(score.estimate, twin.estimate)
    return found


def _without_reference(metric):
    """Metric without its reference set, equal for two metrics that differ in that alone."""
    return dataclasses.replace(metric, name="", references=())
