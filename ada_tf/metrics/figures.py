"""Figures of scores, where matplotlib is: an extra, `ada_tf[plots]`."""

import importlib.util

from ada_tf.errors import UserError
from ada_tf.files import replacing, writing


def new_figure(width: float, height: float):
    """Make an empty figure of so many inches.

    Raises:
        UserError: there is no matplotlib.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise UserError(
            "matplotlib is missing, which draws the curves; pip install 'ada_tf[plots]' brings it."
        )
    import matplotlib.figure

    return matplotlib.figure.Figure(figsize=(width, height), layout="constrained")


def save_figure(figure, path) -> None:
    """Write a figure whole, or not at all."""
    with writing(path), replacing(path) as temporary:
        figure.savefig(temporary)
