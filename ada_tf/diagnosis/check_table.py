"""The table of checks. A new one is a pure function in `checks/` and a line here."""

from collections.abc import Callable

from ada_tf.diagnosis.checks import balance, generated_pictures, overfitting, training_pictures
from ada_tf.diagnosis.evidence import Evidence
from ada_tf.diagnosis.finding import Finding

Check = Callable[[Evidence], Finding | None]

# What is likelier the cause stands before what follows from it.
CHECKS: tuple[Check, ...] = (
    balance.returned,
    balance.diverging,
    generated_pictures.drowned,
    balance.gamma_too_high,
    balance.gamma_too_low,
    generated_pictures.collapsing,
    overfitting.by_r_t,
    overfitting.by_gap,
    overfitting.by_copies,
    generated_pictures.leaking,
    generated_pictures.getting_worse,
    generated_pictures.stalled,
    balance.too_small,
    training_pictures.too_few,
    training_pictures.duplicates,
    training_pictures.two_kinds,
    generated_pictures.learning,
)
