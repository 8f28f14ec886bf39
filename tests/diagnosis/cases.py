"""Evidence for tests: a healthy run, and what is changed of it."""

import dataclasses

import numpy as np

from ada_tf.diagnosis.evidence import CopiesSeen, Curve, Evidence, Look, Marks, Reals, Variety
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.settings import replaced
from ada_tf.training.iteration.stats import STATISTIC
from ada_tf.training.presets import preset

KIMG = np.arange(1, 21) * 4.0
HEALTHY = {
    STATISTIC: 0.6,
    "Loss/scores/real": 1.0,
    "Loss/scores/fake": -1.0,
    "Loss/D/loss": 0.85,
    "Loss/r1_penalty": 2.0,
    "Progress/augment": 0.2,
}


def curve(*values) -> Curve:
    """Values at equal distances over the run; a single one stays."""
    at = np.linspace(KIMG[0], KIMG[-1], len(values))
    return Curve(KIMG, np.interp(KIMG, at, values))


def looks(distances, coverage=0.8, spread=0.95, error=0.02) -> tuple[Look, ...]:
    """Sets of pictures; coverage and spread may be a sequence, too."""
    count = len(distances)
    covered, apart = np.broadcast_to(coverage, count), np.broadcast_to(spread, count)
    kimg = np.linspace(0, KIMG[-1], count)
    return tuple(
        Look(float(k), Estimate(d, error), float(c), float(s))
        for k, d, c, s in zip(kimg, distances, covered, apart, strict=True)
    )


def healthy(settings=None, curves=None, **changes) -> Evidence:
    """The evidence of a good run.

    Args:
        settings: path -> value, where its configuration differs from `tiny`.
        curves: name -> value or values over the run, None without it.
        changes: of `Evidence`.
    """
    config = replaced(preset("tiny", resolution=16, channels=3), settings or {})
    given = {**HEALTHY, **(curves or {})}
    usual = Evidence(
        config,
        float(KIMG[-1]),
        {n: curve(*np.atleast_1d(v)) for n, v in given.items() if v is not None},
        pictures=500,
        gap=("kid1k_held_lite0", Estimate(0.001, 0.001)),
        behind=("kid1k_held_lite0", Estimate(0.001, 0.001)),
        looks=looks([2.0, 0.5, 0.3, 0.2, 0.15, 0.1, 0.08, 0.05]),
        variety=Variety(0.95, {0: 0.8, 1: 1.1}),
        r_v=Estimate(0.2, 0.05),
        copies=CopiesSeen(4, 500, 5.0, False, "none", "no sign of copying"),
        left=(490, 500),
        marks=Marks(0.05, 0.9),
        reals=Reals(500, 0, 500),
    )
    return dataclasses.replace(usual, **changes)
