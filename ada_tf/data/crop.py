"""Geometry of fitting a picture of any size to the shape of the data set, and its ground."""

import dataclasses
import re
from typing import NamedTuple

from ada_tf.errors import UserError

CENTER, PAD, RESIZE = CROPS = ("center", "pad", "resize")
COLOUR = "a colour by name, such as black, or #rrggbb"

# (left, top, right, bottom) in pixels, the last two beyond the box.
Box = tuple[int, int, int, int]
# What images of so many channels are to PIL; there are no names for more.
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


@dataclasses.dataclass(frozen=True)
class Fit:
    """Way of fitting pictures to their shape.

    Attributes:
        crop: `center` shows the largest part of the wanted aspect, `pad` all of it on a ground,
            `resize` all of it in another aspect.
        pad_color: ground of `pad`, see `ground`.
        resize_filter: `lanczos` or `box`.
    """

    crop: str = CENTER
    pad_color: str | None = None
    resize_filter: str = "lanczos"


class Placement(NamedTuple):
    """Part of a picture that is shown, and its place in the result."""

    shown: Box
    at: Box


def place(size: tuple[int, int], target: tuple[int, int], crop: str) -> Placement:
    """Place a picture in another shape.

    Args:
        size: width and height of the picture.
        target: of the result.
        crop: one of CROPS.
    """
    shown, at = (0, 0, *size), (0, 0, *target)
    if crop == CENTER:
        shown = _largest(size, target)
    elif crop == PAD:
        at = _largest(target, size)
    return Placement(shown, at)


def extent(box: Box) -> tuple[int, int]:
    """Width and height of a box."""
    left, top, right, bottom = box
    return right - left, bottom - top


def _largest(size: tuple[int, int], aspect: tuple[int, int]) -> Box:
    """The largest box of an aspect, width to height, in the centre of a size."""
    width, height = size
    if width * aspect[1] > height * aspect[0]:
        width = max(1, round(height * aspect[0] / aspect[1]))
    else:
        height = max(1, round(width * aspect[1] / aspect[0]))
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return left, top, left + width, top + height


def is_colour(text: str) -> bool:
    """Return True for a text that COLOUR describes."""
    from PIL import ImageColor

    return bool(re.fullmatch("#[0-9a-fA-F]{6}", text)) or text.lower() in ImageColor.colormap


def ground(color: str | None, channels: int, largest: int) -> tuple[int, ...]:
    """The pixel that pictures are padded with.

    Args:
        color: what COLOUR says; None is white, which is not seen where there is alpha.
        channels: 1 is grey, 2 grey with alpha, 3 RGB, 4 RGBA, more are bands: white in all of them,
            or a grey.
        largest: the value of white: 255, or 65535.

    Raises:
        UserError: bands have no such colour.
    """
    if color is None:
        white = (largest,) * channels
        return (*white[:-1], 0) if channels in (2, 4) else white
    from PIL import ImageColor

    if channels in _MODES:
        values = ImageColor.getcolor(color, _MODES[channels])
        values = values if isinstance(values, tuple) else (values,)
    else:
        rgb = ImageColor.getrgb(color)
        if len(set(rgb)) > 1:
            raise UserError(
                f"pad_color={color!r}: images of {channels} bands have no colours; give a grey."
            )
        values = rgb[:1] * channels
    return tuple(value * (largest // 255) for value in values)
