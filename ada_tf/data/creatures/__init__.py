"""Creatures: pictures without end that are drawn from numbers, and all that is known of each.

`draw(creature(7), 64)` is one of 64 pixels, `creature(7).eyes` how many eyes it has.
"""

from ada_tf.data.creatures.attributes import (
    CHOICES,
    MAX_NUMBER,
    RANGES,
    TRAITS,
    Creature,
    attributes,
    creature,
)
from ada_tf.data.creatures.drawing import draw

__all__ = [
    "CHOICES",
    "MAX_NUMBER",
    "RANGES",
    "TRAITS",
    "Creature",
    "attributes",
    "creature",
    "draw",
]
