"""Attributes of a creature: some are counted, some vary without steps.

A creature is its number, as an image is its seed: the number decides every attribute.
"""

import dataclasses
from collections.abc import Iterable

import numpy as np

# Numbers of creatures are seeds of NumPy's RandomState, whose numbers never change.
MAX_NUMBER = 2**32 - 1

COLOURS = ("red", "orange", "yellow", "green", "teal", "blue", "violet", "pink")


def _one_of(*values):
    """One of these, all equally often."""
    return dataclasses.field(metadata={"values": values})


def _between(low: float, high: float):
    """Anything between, uniform."""
    return dataclasses.field(metadata={"range": (low, high)})


@dataclasses.dataclass(frozen=True)
class Creature:
    """One creature; of what can be counted there are 10 million combinations.

    The unit of lengths is half the shorter side of a picture; angles are in radians, clockwise.
    Each attribute takes a random number of its own, in this order: a new one goes to the end.
    """

    number: int
    body: str = _one_of("ball", "egg", "pear", "block", "ghost", "cloud")
    colour: str = _one_of(*COLOURS)
    eyes: int = _one_of(1, 2, 3)
    lids: str = _one_of("open", "sleepy", "happy")
    mouth: str = _one_of("smile", "grin", "fangs", "round", "flat")
    crown: str = _one_of("none", "horns", "unicorn", "antennae", "ears", "bunny", "tuft")
    pattern: str = _one_of("plain", "spots", "stripes", "belly")
    arms: str = _one_of("down", "up", "wave")
    cheeks: bool = _one_of(False, True)
    ground: str = _one_of("plain", "hills", "sun", "night", "rays")
    ground_colour: str = _one_of(*COLOURS)

    hue: float = _between(-0.03, 0.03)  # of the whole circle, added to that of the colour
    light: float = _between(-0.05, 0.05)  # likewise, of 1
    ground_hue: float = _between(-0.03, 0.03)
    size: float = _between(0.56, 0.66)
    plump: float = _between(0.9, 1.12)  # width for height
    x: float = _between(-0.1, 0.1)
    y: float = _between(0.06, 0.18)
    tilt: float = _between(-0.16, 0.16)
    eye_size: float = _between(0.85, 1.2)
    gaze_x: float = _between(-1.0, 1.0)
    gaze_y: float = _between(-0.7, 0.7)
    mouth_width: float = _between(0.8, 1.25)
    crown_size: float = _between(0.85, 1.2)
    pattern_phase: float = _between(0.0, 1.0)
    ground_phase: float = _between(0.0, 1.0)


_FIELDS = {field.name: field.metadata for field in dataclasses.fields(Creature) if field.metadata}
# Name -> values, and name -> range.
CHOICES = {name: kind["values"] for name, kind in _FIELDS.items() if "values" in kind}
RANGES = {name: kind["range"] for name, kind in _FIELDS.items() if "range" in kind}


def creature(number: int, **fixed) -> Creature:
    """The creature of a number.

    Args:
        number: 0 to `MAX_NUMBER`.
        **fixed: attributes that it shall have whatever its number says; the others stay the same.
    """
    parts = iter(np.random.RandomState(number).random_sample(len(_FIELDS)).tolist())
    found = {name: values[int(next(parts) * len(values))] for name, values in CHOICES.items()}
    found |= {name: low + next(parts) * (high - low) for name, (low, high) in RANGES.items()}
    return Creature(number, **{**found, **fixed})


def attributes(numbers: Iterable[int]) -> dict[str, np.ndarray]:
    """The attributes of many creatures: name -> [n], values as in `Creature`."""
    creatures = [creature(number) for number in numbers]
    return {name: np.array([getattr(c, name) for c in creatures]) for name in _FIELDS}


# Traits: labels of a creature, some present or absent, some varying without steps.
#
# Those that vary lie within -1 and 1, so that all traits spread alike.

WARM = ("red", "orange", "yellow", "pink")


def _within(name: str):
    """An attribute of `RANGES` from -1, its lowest, to 1, its highest."""
    low, high = RANGES[name]
    return lambda of: 2 * (getattr(of, name) - low) / (high - low) - 1


def _is(name: str, *values):
    return lambda of: getattr(of, name) in values


# Name -> function of a Creature, 0 or 1, or -1 to 1. Each can be seen at 32 pixels.
TRAITS = {
    "warm": _is("colour", *WARM),
    "warm_ground": _is("ground_colour", *WARM),
    "night": _is("ground", "night"),
    "cyclops": _is("eyes", 1),
    "belly": _is("pattern", "belly"),
    "ears": _is("crown", "ears", "bunny"),
    "right": _within("x"),
    "plump": _within("plump"),
    "tilt": _within("tilt"),
}
