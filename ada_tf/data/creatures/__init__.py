"""Creatures: pictures without end that are drawn from a number, and what is known of each.

>>> from ada_tf.data.creatures import creature, draw
>>> one = creature(7)
>>> one.body, one.colour, one.eyes
('ball', 'violet', 2)
>>> draw(one, 64).shape
(64, 64, 3)
"""

from ada_tf.data.creatures.attributes import (
    CHOICES,
    MAX_NUMBER,
    RANGES,
    Creature,
    attributes,
    creature,
)
from ada_tf.data.creatures.drawing import draw

__all__ = ["CHOICES", "MAX_NUMBER", "RANGES", "Creature", "attributes", "creature", "draw"]
