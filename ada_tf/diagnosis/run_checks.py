"""The table of all checks of a run."""

from collections.abc import Callable

from ada_tf.diagnosis.curve_checks import (
    by_copies,
    by_gap,
    by_r_t,
    diverging,
    drowned,
    gamma_too_high,
    gamma_too_low,
    returned,
    too_small,
)
from ada_tf.diagnosis.evidence import Evidence, Finding
from ada_tf.diagnosis.picture_checks import (
    collapsing,
    duplicates,
    getting_worse,
    leaking,
    learning,
    stalled,
    too_few,
    two_kinds,
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
    by_r_t,
    by_gap,
    by_copies,
    leaking,
    getting_worse,
    stalled,
    too_small,
    too_few,
    duplicates,
    two_kinds,
    learning,
)
