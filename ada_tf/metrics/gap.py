"""The generalisation gap: scores against held-out images beside those against training images."""

import dataclasses

from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.measures.best import difference
from ada_tf.metrics.measures.estimate import Estimate


def gaps(scores: list[Score]) -> dict[str, Estimate]:
    """Held-out minus training score, of metrics that were scored against both.

    Where generated images are like the training images as they are like others of their kind, it is
    zero; what memorises is nearer to those that it has seen.

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
    """What two metrics share that differ in their reference set alone."""
    return dataclasses.replace(metric, name="", references=())
