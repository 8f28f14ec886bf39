"""What labels say of a creature: some things it has or has not, and some that vary without steps.

What varies lies within -1 and 1, so that all traits spread alike.
"""

from ada_tf.data.creatures.attributes import RANGES

WARM = ("red", "orange", "yellow", "pink")


def _within(name: str):
    """An attribute of `RANGES` from -1, its lowest, to 1, its highest."""
    low, high = RANGES[name]
    return lambda of: 2 * (getattr(of, name) - low) / (high - low) - 1


def _is(name: str, *values):
    return lambda of: getattr(of, name) in values


# Name -> of a Creature whether, or how much. Each can be seen at 32 pixels.
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
