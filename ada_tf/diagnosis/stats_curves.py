"""Curves of a run, from the records of its stats.jsonl, which may be a stranger's."""

import math
from collections.abc import Iterable

import numpy as np

from ada_tf.diagnosis.evidence import Curve
from ada_tf.training.callbacks.ticks import images_of

MOST = 256  # names, of which a run of ours has some 30
KIMG = "Progress/kimg"


def curves_of(records: Iterable[dict]) -> dict[str, Curve]:
    """Means over the images seen; what is no finite number is passed over.

    Tick 0 is left out: its single batch belongs to untrained networks.

    Args:
        records: name -> {"num", "mean", "std"}, a record a tick, in their order.
    """
    found: dict[str, dict[float, float]] = {}
    for record in records:
        kimg = _number(record.get(KIMG))
        if kimg is None or _number(record.get("Progress/tick")) == 0:
            continue
        for name, value in record.items():
            mean = _number(value)
            if mean is not None and (name in found or len(found) < MOST):
                found.setdefault(str(name), {})[images_of(record) / 1000] = mean
    return {
        name: Curve(np.array(sorted(at)), np.array([at[k] for k in sorted(at)]))
        for name, at in found.items()
    }


def _number(value) -> float | None:
    mean = value.get("mean") if isinstance(value, dict) else None
    if isinstance(mean, bool) or not isinstance(mean, (int, float)) or not math.isfinite(mean):
        return None
    return float(mean)
