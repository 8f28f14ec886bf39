"""The table of checks. A new one is a pure function in `checks/` and a line here."""

from collections.abc import Callable

from ada_tf.diagnosis.checks import balance, overfitting, pictures, training_pictures
from ada_tf.diagnosis.evidence import Evidence
from ada_tf.diagnosis.finding import Finding

Check = Callable[[Evidence], Finding | None]

# What is likelier the cause stands before what follows from it.
CHECKS: tuple[Check, ...] = (
    balance.returned,
    balance.diverging,
    balance.gamma_too_high,
    balance.gamma_too_low,
    pictures.collapsing,
    overfitting.by_r_t,
    overfitting.by_gap,
    overfitting.by_copies,
    pictures.leaking,
    pictures.getting_worse,
    pictures.stalled,
    balance.too_small,
    training_pictures.too_few,
    training_pictures.duplicates,
    training_pictures.two_kinds,
    pictures.learning,
)
