"""The generalisation gap of a run, from the lines of its metric files."""

import math
import pathlib

from ada_tf.errors import UserError
from ada_tf.metrics import report
from ada_tf.metrics.measures.estimate import Estimate, difference
from ada_tf.metrics.names import parse_metric

_HELD, _TRAIN = "_held", "_train"
MOST = 64  # metric files that are read


def gap_of(run) -> tuple[str, Estimate] | None:
    """(name, held-out minus training score) of the newest evaluation that has both; None without.

    Only of metrics that choose checkpoints by one number that is better if lower.
    """
    found = []
    for path in sorted(pathlib.Path(run).glob(f"metric-*{_HELD}*.jsonl"))[:MOST]:
        name = path.stem.removeprefix("metric-")
        try:
            kind = parse_metric(name).kind
        except UserError:  # of a network that is not known here
            continue
        if kind.decides and not kind.higher_is_better:
            found += _pairs(run, name)
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _pairs(run, name: str) -> list[tuple[int, tuple[str, Estimate]]]:
    """(images, (name, gap)) of evaluations after which both scores are known."""
    held, train = (_scores(run, n) for n in (name, name.replace(_HELD, _TRAIN)))
    return [(at, (name, difference(held[at], train[at]))) for at in held.keys() & train.keys()]


def _scores(run, name: str) -> dict[int, Estimate]:
    """Images -> score, of those that training has made; lines that are none are passed over."""
    found = {}
    for line in report.read(run, name):
        try:
            value, error = line["results"][name], line.get("errors", {}).get(name)
            images = report.images_of(line)
            if images is not None and math.isfinite(value) and math.isfinite(error or 0):
                found[images] = Estimate(float(value), None if error is None else float(error))
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
            continue
    return found
