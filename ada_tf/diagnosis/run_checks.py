"""The table of all checks of a run."""

from collections.abc import Callable

from ada_tf.diagnosis.curve_checks import (
    by_copies,
    by_gap,
    by_r_v,
    by_statistic,
    diverging,
    drowned,
    gamma_too_high,
    gamma_too_low,
    returned,
    too_small,
    unproved,
)
from ada_tf.diagnosis.evidence import Evidence, Finding
from ada_tf.diagnosis.picture_checks import (
    blank,
    collapsing,
    duplicates,
    getting_worse,
    leaking,
    learning,
    stalled,
    too_few,
)

# A new check is a pure function of the evidence, in `curve_checks` or `picture_checks`, and a line here.

_Check = Callable[[Evidence], Finding | None]

# Likely causes stand before their consequences.
CHECKS: tuple[_Check, ...] = (
    returned,
    diverging,
    drowned,
    gamma_too_high,
    gamma_too_low,
    collapsing,
    by_statistic,
    by_r_v,
    by_gap,
    by_copies,
    unproved,
    leaking,
    getting_worse,
    stalled,
    too_small,
    too_few,
    blank,
    duplicates,
    learning,
)
