"""Steps that make an image fit, in words, and what each costs."""

import enum
from typing import NamedTuple

from PIL import ExifTags

from ada_tf.channels import has_alpha, in_words, shown
from ada_tf.data import crop as crops
from ada_tf.data import decode
from ada_tf.data.crop import Fit
from ada_tf.shape import Shape, size_of

# Channels -> modes whose channels they are.
_MODES = {1: ("L", "I", "I;16", "I;16B"), 2: ("LA",), 3: ("RGB",), 4: ("RGBA",)}

# EXIF orientations that mean a turn or a flip; 1 is upright, other numbers mean nothing.
_TURNED = range(2, 9)

# A part of the area that is worth a word when it is cut off.
_MUCH = 1 / 4


class Cost(enum.Enum):
    """Loss that an image may suffer when it is made to fit."""

    AREA = "cropped"
    SIZE = "enlarged"
    ALPHA = "alpha"
    COLOUR = "colour"
    DEPTH = "depth"


class Step(NamedTuple):
    """Something that is done to an image: what, which others have in common, and the numbers of its own."""

    what: str
    detail: str = ""

    def __str__(self):
        return f"{self.what} {self.detail}".rstrip()


class Changes(NamedTuple):
    """Steps done to an image, and their costs; both empty where it fits as it is."""

    steps: tuple[Step, ...]
    costs: frozenset[Cost]

    @property
    def done(self) -> tuple[str, ...]:
        """The steps in words."""
        return tuple(map(str, self.steps))


def changes_of(image, shape: Shape, fit: Fit, bits: int = 8) -> Changes:
    """Tell what `decode.to_shape` does to an image; may decode its pixels."""
    steps, costs = [], set()
    pages = decode.pages_are_channels(image, shape.channels)
    frames = getattr(image, "n_frames", 1)
    if pages:
        steps.append(Step("pages as channels", f"({frames})"))
    elif frames > 1:
        steps.append(Step("first frame", f"of {frames}"))
    if image.getexif().get(ExifTags.Base.Orientation, 1) in _TURNED:
        steps.append(Step("turned upright"))
    found = decode.bits_of(image)
    if found != bits:
        steps.append(Step(f"{found} bits to {bits}"))
        costs |= {Cost.DEPTH} if found > bits else set()
    if not has_alpha(shape.channels) and decode.shows_ground(image):
        steps.append(Step("transparent parts laid on white"))
        costs.add(Cost.ALPHA)
    if not pages and image.mode not in _MODES.get(shape.channels, (image.mode,)):
        steps.append(Step(f"{image.mode} to {in_words(shape.channels)}"))
        if shown(shape.channels) < shown(decode.channels_of(image)):
            costs.add(Cost.COLOUR)
    moves, lacking = _moves(decode.upright_size(image), (shape.width, shape.height), fit.crop)
    return Changes((*steps, *moves), frozenset(costs | lacking))


def _moves(size, target, crop: str) -> tuple[list[Step], set[Cost]]:
    """Tell how the size of an image changes, and what that costs."""
    steps, costs = [], set()
    shown, at = crops.place(size, target, crop)
    (width, height), (new_width, new_height) = crops.extent(shown), crops.extent(at)
    if (width, height) != size:
        steps.append(Step("centre cropped"))
        if width * height < (1 - _MUCH) * size[0] * size[1]:
            costs.add(Cost.AREA)
    if (new_width, new_height) != target:
        steps.append(Step("padded"))
    if crop == crops.RESIZE and width * new_height != height * new_width:
        steps.append(Step("stretched"))
    if (width, height) != (new_width, new_height):
        larger = width < new_width or height < new_height
        costs |= {Cost.SIZE} if larger else set()
        was = size_of(height, width)
        steps.append(Step("enlarged" if larger else "reduced", f"from {was} pixels"))
    return steps, costs
